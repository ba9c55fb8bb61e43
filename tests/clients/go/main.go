// Clients that Go programs use, against any cluster: an operator of controller-runtime, and client-go's own clients.
// Ends with 0 when everything that is expected of the server holds.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
)

// world is what every check gets: where the cluster is, a namespace of its own, and what goes over the wire.
type world struct {
	config    *rest.Config
	wire      *wire
	clientset kubernetes.Interface
	namespace string
}

type check struct {
	name string
	run  func(context.Context, *world) error
}

func main() {
	// a set of our own: controller-runtime has its flags in the one of the process
	flags := flag.NewFlagSet("go-clients", flag.ExitOnError)
	kubeconfig := flags.String("kubeconfig", os.Getenv("KUBECONFIG"), "the cluster")
	timeout := flags.Duration("timeout", 2*time.Minute, "for each check")
	verbose := flags.Bool("v", false, "controller-runtime's log")
	_ = flags.Parse(os.Args[1:])
	ctrl.SetLogger(logr.Discard())
	if *verbose {
		ctrl.SetLogger(stderrLogger())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	failed, err := runAll(ctx, *kubeconfig, *timeout)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if failed > 0 {
		os.Exit(1)
	}
}

func runAll(ctx context.Context, kubeconfig string, timeout time.Duration) (int, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return 0, err
	}
	config.QPS, config.Burst = -1, -1
	wire := &wire{}
	config.Wrap(wire.wrap)
	clientset, err := kubernetes.NewForConfig(config)
	if err != nil {
		return 0, err
	}
	namespace, err := clientset.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "go-clients-"},
	}, metav1.CreateOptions{})
	if err != nil {
		return 0, err
	}
	defer func() {
		_ = clientset.CoreV1().Namespaces().Delete(context.WithoutCancel(ctx), namespace.Name, metav1.DeleteOptions{})
	}()
	w := &world{config: config, wire: wire, clientset: clientset, namespace: namespace.Name}
	failed := 0
	for _, each := range append(clientChecks, operatorChecks...) {
		limited, cancel := context.WithTimeout(ctx, timeout)
		start := time.Now()
		err := each.run(limited, w)
		cancel()
		took := time.Since(start).Round(time.Millisecond)
		if err != nil {
			failed++
			fmt.Printf("not ok  %s (%s)\n        %v\n", each.name, took, err)
		} else {
			fmt.Printf("ok      %s (%s)\n", each.name, took)
		}
	}
	return failed, nil
}
