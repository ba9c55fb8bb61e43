import type { Client } from '@kubets/client'

/** What the scheduler needs of the server. */
export type SchedulerClient = Pick<Client, 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete'>
