/** One device of an allocation, or one share of it. */
interface DeviceIdentity {
  driver?: string
  pool?: string
  device?: string
  shareID?: string
}

export const deviceKey = ({ driver = '', pool = '', device = '', shareID = '' }: DeviceIdentity): string =>
  JSON.stringify([driver, pool, device, shareID])

/** As upstream's errors show it. */
export const shownDevice = ({ driver = '', pool = '', device = '', shareID = '' }: DeviceIdentity) => ({
  Driver: driver,
  Pool: pool,
  Device: device,
  ShareID: shareID,
})
