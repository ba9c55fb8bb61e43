package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	coreapply "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/pager"
	toolswatch "k8s.io/client-go/tools/watch"
	"k8s.io/client-go/util/retry"
	"k8s.io/utils/ptr"
)

var clientChecks = []check{
	{"discovery", discover},
	{"a typed client, as protobuf and as JSON", typed},
	{"apply of several managers", applies},
	{"pages", pages},
	{"informers", inform},
	{"watches that are begun again", retryWatch},
	{"the dynamic and the metadata client", untyped},
	{"subresources: scale, token, eviction, log", subresources},
}

func discover(_ context.Context, w *world) error {
	client := w.clientset.Discovery()
	version, err := client.ServerVersion()
	if err != nil {
		return err
	}
	if version.Major != "1" || version.Minor != "36" {
		return fmt.Errorf("version is %+v", version)
	}
	lists, err := client.ServerPreferredResources()
	if err != nil {
		return err
	}
	var found []string
	for _, list := range lists {
		for _, resource := range list.APIResources {
			found = append(found, list.GroupVersion+"/"+resource.Name)
		}
	}
	for _, wanted := range []string{"v1/pods", "apps/v1/deployments", "batch/v1/cronjobs", "coordination.k8s.io/v1/leases"} {
		if !slices.Contains(found, wanted) {
			return fmt.Errorf("%s is not among %d resources", wanted, len(found))
		}
	}
	paths, err := client.OpenAPIV3().Paths()
	if err != nil {
		return err
	}
	schema, err := paths["apis/apps/v1"].Schema(runtime.ContentTypeJSON)
	if err != nil || len(schema) == 0 {
		return fmt.Errorf("OpenAPI v3 of apps/v1: %d bytes, %w", len(schema), err)
	}
	v2, err := client.OpenAPISchema()
	if err != nil {
		return err
	}
	if len(v2.GetDefinitions().GetAdditionalProperties()) < 100 {
		return errors.New("OpenAPI v2 has few definitions")
	}
	return nil
}

func typed(ctx context.Context, w *world) error {
	for _, contentType := range []string{"application/vnd.kubernetes.protobuf", "application/json", "application/cbor"} {
		config := rest.CopyConfig(w.config)
		config.ContentType = contentType
		config.AcceptContentTypes = contentType + ",application/json"
		if contentType == "application/cbor" {
			// a client may ask for it; it writes JSON until the server has shown that it reads CBOR
			config.ContentType = "application/json"
		}
		clientset, err := kubernetes.NewForConfig(config)
		if err != nil {
			return err
		}
		if err := lifeOfASecret(ctx, clientset, w.namespace); err != nil {
			return fmt.Errorf("%s: %w", contentType, err)
		}
	}
	return nil
}

func lifeOfASecret(ctx context.Context, clientset kubernetes.Interface, namespace string) error {
	secrets := clientset.CoreV1().Secrets(namespace)
	created, err := secrets.Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "typed-"},
		Data:       map[string][]byte{"bytes": {0, 255, 10}},
		StringData: map[string]string{"text": "grüß"},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if string(created.Data["text"]) != "grüß" || !slices.Equal(created.Data["bytes"], []byte{0, 255, 10}) || created.Type != corev1.SecretTypeOpaque {
		return fmt.Errorf("created %+v", created)
	}
	err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
		current, err := secrets.Get(ctx, created.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		current.Immutable = ptr.To(true)
		_, err = secrets.Update(ctx, current, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		return err
	}
	_, err = secrets.Patch(ctx, created.Name, types.MergePatchType, []byte(`{"data":{"text":"eA=="}}`), metav1.PatchOptions{})
	if !apierrors.IsInvalid(err) {
		return fmt.Errorf("a change of an immutable one: %v", err)
	}
	var status apierrors.APIStatus
	if !errors.As(err, &status) || len(status.Status().Details.Causes) != 1 || status.Status().Details.Causes[0].Field != "data" {
		return fmt.Errorf("causes: %+v", err)
	}
	dry, err := secrets.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "dry"}}, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil || dry.UID == "" {
		return fmt.Errorf("dry run: %+v, %w", dry, err)
	}
	wrong := ptr.To(types.UID("another"))
	if err := secrets.Delete(ctx, created.Name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: wrong}}); !apierrors.IsConflict(err) {
		return fmt.Errorf("delete of another uid: %v", err)
	}
	if err := secrets.Delete(ctx, created.Name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &created.UID}}); err != nil {
		return err
	}
	if _, err := secrets.Get(ctx, created.Name, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		return fmt.Errorf("after its delete: %v", err)
	}
	return nil
}

func applies(ctx context.Context, w *world) error {
	services := w.clientset.CoreV1().Services(w.namespace)
	service := func(port, target int32) *coreapply.ServiceApplyConfiguration {
		return coreapply.Service("shared", w.namespace).WithSpec(coreapply.ServiceSpec().
			WithSelector(map[string]string{"app": "shared"}).
			WithPorts(coreapply.ServicePort().WithName(fmt.Sprintf("p%d", port)).WithPort(port).WithProtocol(corev1.ProtocolTCP).WithNodePort(0)))
	}
	if _, err := services.Apply(ctx, service(80, 8080), metav1.ApplyOptions{FieldManager: "one"}); err != nil {
		return err
	}
	both, err := services.Apply(ctx, service(443, 8443), metav1.ApplyOptions{FieldManager: "two"})
	if err != nil {
		return err
	}
	if len(both.Spec.Ports) != 2 || both.Spec.ClusterIP == "" {
		return fmt.Errorf("both: %+v", both.Spec)
	}
	_, err = services.Apply(ctx, coreapply.Service("shared", w.namespace).WithSpec(coreapply.ServiceSpec().
		WithSelector(map[string]string{"app": "mine"})), metav1.ApplyOptions{FieldManager: "three"})
	if !apierrors.IsConflict(err) {
		return fmt.Errorf("no conflict: %v", err)
	}
	extracted, err := coreapply.ExtractService(both, "one")
	if err != nil {
		return err
	}
	if len(extracted.Spec.Ports) != 1 || *extracted.Spec.Ports[0].Port != 80 {
		return fmt.Errorf("what one owns: %+v", extracted.Spec)
	}
	without, err := services.Apply(ctx, coreapply.Service("shared", w.namespace).WithSpec(coreapply.ServiceSpec().
		WithSelector(map[string]string{"app": "shared"})), metav1.ApplyOptions{FieldManager: "one"})
	if err != nil {
		return err
	}
	if len(without.Spec.Ports) != 1 || without.Spec.Ports[0].Port != 443 {
		return fmt.Errorf("one has let go: %+v", without.Spec.Ports)
	}
	return services.Delete(ctx, "shared", metav1.DeleteOptions{})
}

func pages(ctx context.Context, w *world) error {
	maps := w.clientset.CoreV1().ConfigMaps(w.namespace)
	for i := range 25 {
		object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("page-%02d", i), Labels: map[string]string{"paged": "yes"}}}
		if _, err := maps.Create(ctx, object, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	p := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return maps.List(ctx, options)
	})
	p.PageSize = 10
	seen := 0
	if err := p.EachListItem(ctx, metav1.ListOptions{LabelSelector: "paged"}, func(runtime.Object) error { seen++; return nil }); err != nil {
		return err
	}
	if seen != 25 {
		return fmt.Errorf("%d of 25", seen)
	}
	first, err := maps.List(ctx, metav1.ListOptions{LabelSelector: "paged", Limit: 10})
	if err != nil {
		return err
	}
	if len(first.Items) != 10 || first.Continue == "" {
		return fmt.Errorf("the first page has %d", len(first.Items))
	}
	if err := maps.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "paged"}); err != nil {
		return err
	}
	// what a token promised stays what it was
	second, err := maps.List(ctx, metav1.ListOptions{LabelSelector: "paged", Limit: 20, Continue: first.Continue})
	if err != nil {
		return err
	}
	if len(second.Items) != 15 || second.ResourceVersion != first.ResourceVersion {
		return fmt.Errorf("the second page has %d of version %s, the first %s", len(second.Items), second.ResourceVersion, first.ResourceVersion)
	}
	_, err = maps.List(ctx, metav1.ListOptions{Continue: "nonsense"})
	if !apierrors.IsBadRequest(err) {
		return fmt.Errorf("a nonsense token: %v", err)
	}
	return nil
}

func inform(ctx context.Context, w *world) error {
	ctx, cancel := context.WithCancel(ctx)
	factory := informers.NewSharedInformerFactoryWithOptions(w.clientset, 0, informers.WithNamespace(w.namespace))
	defer factory.Shutdown()
	defer cancel()
	maps := factory.Core().V1().ConfigMaps()
	seen := make(chan string, 100)
	note := func(what string) func(any) {
		return func(object any) {
			if object, ok := object.(*corev1.ConfigMap); ok && strings.HasPrefix(object.Name, "seen") {
				seen <- what + object.Name + object.Data["n"]
			}
		}
	}
	added, changed, deleted := note("+"), note("~"), note("-")
	_, err := maps.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: added, UpdateFunc: func(_, object any) { changed(object) }, DeleteFunc: deleted,
	})
	if err != nil {
		return err
	}
	object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "seen"}}
	client := w.clientset.CoreV1().ConfigMaps(w.namespace)
	if _, err := client.Create(ctx, object, metav1.CreateOptions{}); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	for kind, synced := range factory.WaitForCacheSync(ctx.Done()) {
		if !synced {
			return fmt.Errorf("%s did not sync", kind)
		}
	}
	if _, err := maps.Lister().ConfigMaps(w.namespace).Get("seen"); err != nil {
		return err
	}
	if _, err := client.Patch(ctx, "seen", types.MergePatchType, []byte(`{"data":{"n":"1"}}`), metav1.PatchOptions{}); err != nil {
		return err
	}
	if err := client.Delete(ctx, "seen", metav1.DeleteOptions{}); err != nil {
		return err
	}
	for _, wanted := range []string{"+seen", "~seen1", "-seen1"} {
		select {
		case got := <-seen:
			if got != wanted {
				return fmt.Errorf("%s instead of %s", got, wanted)
			}
		case <-ctx.Done():
			return fmt.Errorf("%s never came", wanted)
		}
	}
	return nil
}

func retryWatch(ctx context.Context, w *world) error {
	maps := w.clientset.CoreV1().ConfigMaps(w.namespace)
	list, err := maps.List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	selector := fields.OneTermEqualSelector("metadata.name", "retried").String()
	watches := 0
	watcher, err := toolswatch.NewRetryWatcherWithContext(ctx, list.ResourceVersion, &cache.ListWatch{
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			watches++
			options.FieldSelector = selector
			// the server ends each after a second
			options.TimeoutSeconds = ptr.To(int64(1))
			return maps.Watch(ctx, options)
		},
	})
	if err != nil {
		return err
	}
	defer watcher.Stop()
	// longer than one watch lives: the event comes in a later one
	time.Sleep(2500 * time.Millisecond)
	if _, err := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "retried"}}, metav1.CreateOptions{}); err != nil {
		return err
	}
	select {
	case event := <-watcher.ResultChan():
		if event.Type != watch.Added {
			return fmt.Errorf("%s: %+v", event.Type, event.Object)
		}
	case <-ctx.Done():
		return errors.New("nothing came")
	}
	if watches < 2 {
		return fmt.Errorf("%d watches", watches)
	}
	// without retries: client-go asks again by itself where an answer says when to
	err = w.clientset.CoreV1().RESTClient().Get().Namespace(w.namespace).Resource("configmaps").MaxRetries(0).
		Param("resourceVersion", "999999999").Param("resourceVersionMatch", "NotOlderThan").Do(ctx).Error()
	if !apierrors.IsTimeout(err) && !apierrors.IsServerTimeout(err) || !apierrors.HasStatusCause(err, metav1.CauseTypeResourceVersionTooLarge) {
		return fmt.Errorf("a version of the future: %v", err)
	}
	return maps.Delete(ctx, "retried", metav1.DeleteOptions{})
}

func untyped(ctx context.Context, w *world) error {
	client, err := dynamic.NewForConfig(w.config)
	if err != nil {
		return err
	}
	resource := appsv1.SchemeGroupVersion.WithResource("deployments")
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": map[string]any{"name": "untyped"},
		"spec": map[string]any{
			"replicas": int64(0),
			"selector": map[string]any{"matchLabels": map[string]any{"app": "untyped"}},
			"template": map[string]any{
				"metadata": map[string]any{"labels": map[string]any{"app": "untyped"}},
				"spec":     map[string]any{"containers": []any{map[string]any{"name": "c", "image": "busybox:1.35"}}},
			},
		},
	}}
	applied, err := client.Resource(resource).Namespace(w.namespace).Apply(ctx, "untyped", object, metav1.ApplyOptions{FieldManager: "dynamic"})
	if err != nil {
		return err
	}
	if policy, _, _ := unstructured.NestedString(applied.Object, "spec", "template", "spec", "restartPolicy"); policy != "Always" {
		return fmt.Errorf("defaults: %v", applied.Object)
	}
	partial, err := metadata.NewForConfig(w.config)
	if err != nil {
		return err
	}
	list, err := partial.Resource(resource).Namespace(w.namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	if len(list.Items) != 1 || list.Items[0].UID != applied.GetUID() {
		return fmt.Errorf("metadata: %+v", list.Items)
	}
	return client.Resource(resource).Namespace(w.namespace).Delete(ctx, "untyped", metav1.DeleteOptions{PropagationPolicy: ptr.To(metav1.DeletePropagationForeground)})
}

func subresources(ctx context.Context, w *world) error {
	labels := map[string]string{"app": "sub"}
	deployments := w.clientset.AppsV1().Deployments(w.namespace)
	_, err := deployments.Create(ctx, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "sub"},
		Spec: appsv1.DeploymentSpec{
			Replicas: ptr.To(int32(1)),
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{
					Containers:                    []corev1.Container{{Name: "c", Image: "busybox:1.35"}},
					TerminationGracePeriodSeconds: ptr.To(int64(0)),
				},
			},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	scale, err := deployments.GetScale(ctx, "sub", metav1.GetOptions{})
	if err != nil {
		return err
	}
	scale.Spec.Replicas = 2
	if scale, err = deployments.UpdateScale(ctx, "sub", scale, metav1.UpdateOptions{}); err != nil || scale.Spec.Replicas != 2 {
		return fmt.Errorf("scale: %+v, %w", scale, err)
	}
	pods := w.clientset.CoreV1().Pods(w.namespace)
	var name string
	if err := until("two pods run", 60*time.Second, func() error {
		list, err := pods.List(ctx, metav1.ListOptions{LabelSelector: "app=sub", FieldSelector: "status.phase=Running"})
		if err != nil {
			return err
		}
		if len(list.Items) != 2 {
			return fmt.Errorf("%d run", len(list.Items))
		}
		name = list.Items[0].Name
		return nil
	}); err != nil {
		return err
	}
	log, err := pods.GetLogs(name, &corev1.PodLogOptions{}).Stream(ctx)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, log); err != nil {
		return err
	}
	log.Close()
	token, err := w.clientset.CoreV1().ServiceAccounts(w.namespace).CreateToken(ctx, "default",
		&authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: ptr.To(int64(600))}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	config := rest.AnonymousClientConfig(w.config)
	config.BearerToken = token.Status.Token
	account, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	self, err := account.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if wanted := "system:serviceaccount:" + w.namespace + ":default"; self.Status.UserInfo.Username != wanted {
		return fmt.Errorf("a token says %s", self.Status.UserInfo.Username)
	}
	if err := pods.EvictV1(ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: name}}); err != nil {
		return err
	}
	return deployments.Delete(ctx, "sub", metav1.DeleteOptions{PropagationPolicy: ptr.To(metav1.DeletePropagationBackground)})
}
