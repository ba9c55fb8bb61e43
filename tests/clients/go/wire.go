package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
)

// exchange is one request and what came back, as far as checks ask about it.
type exchange struct {
	method, path, query string
	sent, answered      string // content types
	status              int
}

// wire notes every request that goes to the server.
type wire struct {
	mutex sync.Mutex
	seen  []exchange
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (w *wire) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		response, err := next.RoundTrip(r)
		if err == nil {
			w.mutex.Lock()
			defer w.mutex.Unlock()
			w.seen = append(w.seen, exchange{
				method: r.Method, path: r.URL.Path, query: r.URL.RawQuery,
				sent: r.Header.Get("Content-Type"), answered: response.Header.Get("Content-Type"),
				status: response.StatusCode,
			})
		}
		return response, err
	})
}

// some says whether there was such an exchange.
func (w *wire) some(fits func(exchange) bool) bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for _, each := range w.seen {
		if fits(each) {
			return true
		}
	}
	return false
}

func isProtobuf(contentType string) bool {
	return strings.HasPrefix(contentType, "application/vnd.kubernetes.protobuf")
}

// until asks again until there is no error, or the time is over.
func until(what string, within time.Duration, ask func() error) error {
	deadline := time.Now().Add(within)
	for {
		err := ask()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: not within %s: %w", what, within, err)
		}
		time.Sleep(25 * time.Millisecond)
	}
}

func stderrLogger() logr.Logger {
	return funcr.New(func(prefix, args string) { fmt.Fprintln(os.Stderr, prefix, args) }, funcr.Options{Verbosity: 1})
}
