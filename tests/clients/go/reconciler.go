package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	appsapply "k8s.io/client-go/applyconfigurations/apps/v1"
	coreapply "k8s.io/client-go/applyconfigurations/core/v1"
	metaapply "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

const (
	greetLabel = "clients.kubets.dev/greet"
	finalizer  = "clients.kubets.dev/farewell"
	greeted    = corev1.PodConditionType("clients.kubets.dev/Greeted")
	// no other check runs it
	greeterImage = "busybox:1.35.0"
	owner        = client.FieldOwner("greeter")
)

// greeter makes a Deployment of every ConfigMap with its label. Its pods are ready once it has set their condition
// (a readiness gate); what it made goes before the ConfigMap does (a finalizer).
type greeter struct {
	client     client.Client
	recorder   events.EventRecorder
	name       string
	reconciled atomic.Int64
	farewells  atomic.Int64
}

func (g *greeter) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	g.reconciled.Add(1)
	config := &corev1.ConfigMap{}
	if err := g.client.Get(ctx, request.NamespacedName, config); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !config.DeletionTimestamp.IsZero() {
		return g.farewell(ctx, config)
	}
	if controllerutil.AddFinalizer(config, finalizer) {
		// the watch brings it back with the finalizer on it; somebody else's write in between is another round
		return ctrl.Result{}, ignoreConflict(g.client.Update(ctx, config))
	}
	if err := g.client.Apply(ctx, deploymentOf(config), owner, client.ForceOwnership); err != nil {
		return ctrl.Result{}, err
	}
	pods := &corev1.PodList{}
	if err := g.client.List(ctx, pods, client.InNamespace(config.Namespace), client.MatchingLabels{greetLabel: config.Name}); err != nil {
		return ctrl.Result{}, err
	}
	for _, pod := range pods.Items {
		if pod.Status.Phase == corev1.PodRunning && !isGreeted(&pod) {
			if err := g.greet(ctx, &pod); err != nil {
				return ctrl.Result{}, err
			}
			g.recorder.Eventf(config, &pod, corev1.EventTypeNormal, "Greeted", "Greet", "%s says %s", g.name, config.Data["greeting"])
		}
	}
	return ctrl.Result{}, nil
}

// greet sets the readiness gate's condition with an apply of the status.
func (g *greeter) greet(ctx context.Context, pod *corev1.Pod) error {
	status := coreapply.PodStatus().WithConditions(coreapply.PodCondition().
		WithType(greeted).WithStatus(corev1.ConditionTrue).WithReason("Hello").WithLastTransitionTime(metav1.Now()))
	apply := coreapply.Pod(pod.Name, pod.Namespace).WithUID(pod.UID).WithStatus(status)
	return client.IgnoreNotFound(g.client.Status().Apply(ctx, apply, owner, client.ForceOwnership))
}

func (g *greeter) farewell(ctx context.Context, config *corev1.ConfigMap) (ctrl.Result, error) {
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: config.Namespace, Name: config.Name}}
	err := g.client.Delete(ctx, deployment, client.PropagationPolicy(metav1.DeletePropagationForeground))
	switch {
	case apierrors.IsNotFound(err):
		if controllerutil.RemoveFinalizer(config, finalizer) {
			g.farewells.Add(1)
			return ctrl.Result{}, ignoreConflict(client.IgnoreNotFound(g.client.Update(ctx, config)))
		}
		return ctrl.Result{}, nil
	case err != nil:
		return ctrl.Result{}, err
	}
	return ctrl.Result{RequeueAfter: 50 * time.Millisecond}, nil
}

func deploymentOf(config *corev1.ConfigMap) *appsapply.DeploymentApplyConfiguration {
	labels := map[string]string{greetLabel: config.Name}
	container := coreapply.Container().WithName("greeter").WithImage(greeterImage).
		WithEnv(coreapply.EnvVar().WithName("GREETING").WithValue(config.Data["greeting"]))
	template := coreapply.PodTemplateSpec().WithLabels(labels).WithSpec(coreapply.PodSpec().
		WithContainers(container).
		WithTerminationGracePeriodSeconds(0).
		WithReadinessGates(coreapply.PodReadinessGate().WithConditionType(greeted)))
	reference := metaapply.OwnerReference().WithAPIVersion("v1").WithKind("ConfigMap").
		WithName(config.Name).WithUID(config.UID).WithController(true).WithBlockOwnerDeletion(true)
	return appsapply.Deployment(config.Name, config.Namespace).
		WithLabels(labels).
		WithOwnerReferences(reference).
		WithSpec(appsapply.DeploymentSpec().
			WithReplicas(2).
			WithSelector(metaapply.LabelSelector().WithMatchLabels(labels)).
			WithTemplate(template))
}

func isGreeted(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == greeted {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

func ignoreConflict(err error) error {
	var status apierrors.APIStatus
	if errors.As(err, &status) && status.Status().Reason == metav1.StatusReasonConflict {
		return nil
	}
	return err
}
