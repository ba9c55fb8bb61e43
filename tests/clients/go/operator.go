package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const lock = "greeter-leader"

var operatorChecks = []check{{"an operator of controller-runtime", operate}}

// instance is one process' worth of the operator.
type instance struct {
	manager ctrl.Manager
	greeter *greeter
	stop    context.CancelFunc
	ended   chan error
}

func startInstance(ctx context.Context, w *world, name string) (*instance, error) {
	manager, err := ctrl.NewManager(rest.CopyConfig(w.config), ctrl.Options{
		LeaderElection:                true,
		LeaderElectionID:              lock,
		LeaderElectionNamespace:       w.namespace,
		LeaderElectionReleaseOnCancel: true,
		LeaseDuration:                 ptr.To(6 * time.Second),
		RenewDeadline:                 ptr.To(4 * time.Second),
		RetryPeriod:                   ptr.To(200 * time.Millisecond),
		Metrics:                       server.Options{BindAddress: "0"},
		HealthProbeBindAddress:        "0",
		Cache:                         cache.Options{DefaultNamespaces: map[string]cache.Config{w.namespace: {}}},
		Controller:                    config.Controller{SkipNameValidation: ptr.To(true)},
	})
	if err != nil {
		return nil, err
	}
	greeter := &greeter{client: manager.GetClient(), recorder: manager.GetEventRecorder("greeter"), name: name}
	byImage := func(object client.Object) []string {
		return []string{object.(*appsv1.Deployment).Spec.Template.Spec.Containers[0].Image}
	}
	if err := manager.GetFieldIndexer().IndexField(ctx, &appsv1.Deployment{}, "image", byImage); err != nil {
		return nil, err
	}
	toConfig := handler.EnqueueRequestsFromMapFunc(func(_ context.Context, object client.Object) []reconcile.Request {
		if name := object.GetLabels()[greetLabel]; name != "" {
			return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: object.GetNamespace(), Name: name}}}
		}
		return nil
	})
	labelled := predicate.NewPredicateFuncs(func(object client.Object) bool { return object.GetLabels()[greetLabel] != "" })
	err = ctrl.NewControllerManagedBy(manager).
		For(&corev1.ConfigMap{}, builder.WithPredicates(labelled)).
		Owns(&appsv1.Deployment{}).
		Watches(&corev1.Pod{}, toConfig).
		// metadata alone: PartialObjectMetadata over the wire
		WatchesMetadata(&corev1.Secret{}, toConfig).
		Complete(greeter)
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(ctx)
	started := &instance{manager: manager, greeter: greeter, stop: stop, ended: make(chan error, 1)}
	go func() { started.ended <- manager.Start(running) }()
	return started, nil
}

func (i *instance) leads() bool {
	select {
	case <-i.manager.Elected():
		return true
	default:
		return false
	}
}

func operate(ctx context.Context, w *world) error {
	first, err := startInstance(ctx, w, "first")
	if err != nil {
		return err
	}
	defer first.stop()
	if err := until("the first leads", 20*time.Second, func() error {
		if !first.leads() {
			return errors.New("nobody elected")
		}
		return nil
	}); err != nil {
		return err
	}
	second, err := startInstance(ctx, w, "second")
	if err != nil {
		return err
	}
	defer second.stop()
	direct, err := client.New(w.config, client.Options{})
	if err != nil {
		return err
	}
	o := &operation{world: w, first: first, second: second, direct: direct}
	for _, step := range []check{
		{"a labelled ConfigMap becomes a Deployment with greeted pods", o.greets},
		{"the cache answers by index, and as metadata", o.readsCached},
		{"a changed greeting rolls out", o.rollsOut},
		{"what others change in its fields is put back", o.putsBack},
		{"the second takes over when the first ends", o.handsOver},
		{"deleting the ConfigMap waits for the farewell", o.saysFarewell},
		{"everything went as protobuf, lists as watches", o.wentAsProtobuf},
	} {
		if err := step.run(ctx, w); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	second.stop()
	return <-second.ended
}

type operation struct {
	world         *world
	first, second *instance
	direct        client.Client
}

func (o *operation) key() client.ObjectKey {
	return client.ObjectKey{Namespace: o.world.namespace, Name: "hello"}
}

// available is nil once the Deployment is wholly there with such a greeting, as the reader sees it.
func (o *operation) available(ctx context.Context, reader client.Reader, greeting string) error {
	deployment := &appsv1.Deployment{}
	if err := reader.Get(ctx, o.key(), deployment); err != nil {
		return err
	}
	if got := deployment.Spec.Template.Spec.Containers[0].Env; len(got) != 1 || got[0].Value != greeting {
		return fmt.Errorf("the greeting is %v", got)
	}
	status := deployment.Status
	if status.ObservedGeneration != deployment.Generation || status.AvailableReplicas != 2 || status.UpdatedReplicas != 2 || status.Replicas != 2 {
		return fmt.Errorf("generation %d, status %+v", deployment.Generation, status)
	}
	return nil
}

func (o *operation) greets(ctx context.Context, w *world) error {
	config := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "hello", Labels: map[string]string{greetLabel: "hello"}},
		Data:       map[string]string{"greeting": "hello"},
	}
	if err := o.direct.Create(ctx, config); err != nil {
		return err
	}
	if err := until("available", 60*time.Second, func() error { return o.available(ctx, o.direct, "hello") }); err != nil {
		return err
	}
	if err := o.direct.Get(ctx, o.key(), config); err != nil {
		return err
	}
	if len(config.Finalizers) != 1 || config.Finalizers[0] != finalizer {
		return fmt.Errorf("finalizers are %v", config.Finalizers)
	}
	return until("an event of events.k8s.io", 20*time.Second, func() error {
		list := &eventsv1.EventList{}
		if err := o.direct.List(ctx, list, client.InNamespace(w.namespace)); err != nil {
			return err
		}
		for _, event := range list.Items {
			if event.Reason == "Greeted" && event.Regarding.Name == "hello" && event.Related != nil && event.Note == "first says hello" {
				return nil
			}
		}
		return fmt.Errorf("not among %d", len(list.Items))
	})
}

func (o *operation) readsCached(ctx context.Context, w *world) error {
	cached := o.second.manager.GetClient()
	return until("the standby's cache", 20*time.Second, func() error {
		list := &appsv1.DeploymentList{}
		if err := cached.List(ctx, list, client.InNamespace(w.namespace), client.MatchingFields{"image": greeterImage}); err != nil {
			return err
		}
		if len(list.Items) != 1 || list.Items[0].Name != "hello" {
			return fmt.Errorf("by index: %d instead of 1", len(list.Items))
		}
		metadata := &metav1.PartialObjectMetadata{}
		metadata.SetGroupVersionKind(appsv1.SchemeGroupVersion.WithKind("Deployment"))
		if err := cached.Get(ctx, o.key(), metadata); err != nil {
			return err
		}
		if metadata.UID != list.Items[0].UID || len(metadata.ManagedFields) == 0 {
			return fmt.Errorf("metadata: %+v", metadata)
		}
		return nil
	})
}

func (o *operation) rollsOut(ctx context.Context, w *world) error {
	config := &corev1.ConfigMap{}
	if err := o.direct.Get(ctx, o.key(), config); err != nil {
		return err
	}
	before := config.DeepCopy()
	config.Data["greeting"] = "good day"
	if err := o.direct.Patch(ctx, config, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})); err != nil {
		return err
	}
	stale := before.DeepCopy()
	stale.Data["greeting"] = "late"
	if err := o.direct.Update(ctx, stale); !apierrors.IsConflict(err) {
		return fmt.Errorf("a stale update: %v", err)
	}
	return until("available", 60*time.Second, func() error { return o.available(ctx, o.direct, "good day") })
}

func (o *operation) putsBack(ctx context.Context, w *world) error {
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "hello"}}
	patch := client.RawPatch(types.StrategicMergePatchType, []byte(`{"spec":{"template":{"spec":{"containers":[{"name":"greeter","image":"busybox:9"}]}}}}`))
	if err := o.direct.Patch(ctx, deployment, patch, client.FieldOwner("vandal")); err != nil {
		return err
	}
	return until("put back", 60*time.Second, func() error {
		if err := o.direct.Get(ctx, o.key(), deployment); err != nil {
			return err
		}
		if image := deployment.Spec.Template.Spec.Containers[0].Image; image != greeterImage {
			return fmt.Errorf("image is %s", image)
		}
		for _, entry := range deployment.ManagedFields {
			if entry.Manager == "vandal" && strings.Contains(entry.FieldsV1.String(), "f:image") {
				return errors.New("the vandal still owns the image")
			}
		}
		return o.available(ctx, o.direct, "good day")
	})
}

func (o *operation) handsOver(ctx context.Context, w *world) error {
	if o.second.leads() || o.second.greeter.reconciled.Load() != 0 {
		return errors.New("the second leads beside the first")
	}
	o.first.stop()
	if err := <-o.first.ended; err != nil {
		return err
	}
	if err := until("the second leads", 20*time.Second, func() error {
		if !o.second.leads() {
			return errors.New("not yet")
		}
		return nil
	}); err != nil {
		return err
	}
	lease := &coordinationv1.Lease{}
	if err := o.direct.Get(ctx, client.ObjectKey{Namespace: w.namespace, Name: lock}, lease); err != nil {
		return err
	}
	if transitions := ptr.Deref(lease.Spec.LeaseTransitions, 0); transitions < 1 {
		return fmt.Errorf("%d transitions", transitions)
	}
	return nil
}

func (o *operation) saysFarewell(ctx context.Context, w *world) error {
	config := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "hello"}}
	if err := o.direct.Delete(ctx, config); err != nil {
		return err
	}
	if err := until("gone", 60*time.Second, func() error {
		if err := o.direct.Get(ctx, o.key(), config); !apierrors.IsNotFound(err) {
			return fmt.Errorf("still there: %v", err)
		}
		return nil
	}); err != nil {
		return err
	}
	if err := o.direct.Get(ctx, o.key(), &appsv1.Deployment{}); !apierrors.IsNotFound(err) {
		return fmt.Errorf("its Deployment: %v", err)
	}
	if first, second := o.first.greeter.farewells.Load(), o.second.greeter.farewells.Load(); first != 0 || second < 1 {
		return fmt.Errorf("farewells: %d of the first, %d of the second", first, second)
	}
	return nil
}

func (o *operation) wentAsProtobuf(_ context.Context, w *world) error {
	for what, fits := range map[string]func(exchange) bool{
		"a watch that brings the list": func(e exchange) bool {
			return strings.HasSuffix(e.path, "/deployments") && strings.Contains(e.query, "sendInitialEvents=true") && e.status == 200 && isProtobuf(e.answered)
		},
		"an apply": func(e exchange) bool {
			return e.method == "PATCH" && strings.HasPrefix(e.sent, "application/apply-patch") && e.status < 300
		},
		"metadata watched": func(e exchange) bool {
			return strings.HasSuffix(e.path, "/secrets") && strings.Contains(e.query, "watch=true") && strings.Contains(e.answered, "protobuf")
		},
		"a create": func(e exchange) bool {
			return e.method == "POST" && strings.HasSuffix(e.path, "/configmaps") && isProtobuf(e.sent) && isProtobuf(e.answered)
		},
		"an update": func(e exchange) bool {
			return e.method == "PUT" && strings.HasSuffix(e.path, "/configmaps/hello") && isProtobuf(e.sent) && isProtobuf(e.answered)
		},
	} {
		if !w.wire.some(fits) {
			return fmt.Errorf("there was not: %s", what)
		}
	}
	return nil
}
