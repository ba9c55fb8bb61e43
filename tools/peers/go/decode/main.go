// Command decode reads protobuf bodies with upstream's own types and says what they hold.
//
// Standard input has one JSON object a line, {"id": …, "body": base64}; standard output one for each,
// {"id": …, "object": …, "canonical": …} or {"id": …, "error": …}. Canonical means that upstream's
// encoder makes the same bytes of the object.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

type question struct {
	ID   string `json:"id"`
	Body []byte `json:"body"`
}

type answer struct {
	ID        string         `json:"id"`
	Object    runtime.Object `json:"object,omitempty"`
	Canonical bool           `json:"canonical,omitempty"`
	Error     string         `json:"error,omitempty"`
}

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(in io.Reader, out io.Writer) error {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		clientscheme.AddToScheme,
		apiextensions.AddToScheme,
		apiregistration.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	for _, version := range scheme.PrioritizedVersionsAllGroups() {
		metav1.AddToGroupVersion(scheme, version)
	}
	scheme.AddKnownTypes(schema.GroupVersion{Group: "meta.k8s.io", Version: "v1"},
		&metav1.PartialObjectMetadata{}, &metav1.PartialObjectMetadataList{}, &metav1.Table{})
	serializer := protobuf.NewSerializer(scheme, scheme)

	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	lines := bufio.NewReaderSize(in, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var asked question
			if err := json.Unmarshal(line, &asked); err != nil {
				return err
			}
			if err := encoder.Encode(reply(serializer, asked)); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func reply(serializer *protobuf.Serializer, asked question) (given answer) {
	given.ID = asked.ID
	defer func() {
		if trouble := recover(); trouble != nil {
			given = answer{ID: asked.ID, Error: fmt.Sprint("panic: ", trouble)}
		}
	}()
	object, kind, err := serializer.Decode(asked.Body, nil, nil)
	if err != nil {
		given.Error = err.Error()
		return given
	}
	object.GetObjectKind().SetGroupVersionKind(*kind)
	var again bytes.Buffer
	if err := serializer.Encode(object, &again); err != nil {
		given.Error = err.Error()
		return given
	}
	given.Object, given.Canonical = object, bytes.Equal(again.Bytes(), asked.Body)
	return given
}
