// Package conformance runs the conformance suite of Dapr's bindings against our process.
//
// The suite is the one that components-contrib runs against the bindings built into daprd. Here
// daprd's own client of pluggable components takes the place of a built-in binding, so that the
// suite speaks with our socket.
package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	contrib "github.com/dapr/components-contrib/bindings"
	"github.com/dapr/components-contrib/tests/conformance/bindings"
	pluggable "github.com/dapr/dapr/pkg/components/bindings"
	"github.com/dapr/kit/logger"
)

const (
	text    = "conformance"
	message = `{"msgtype":"text","text":{"content":"` + text + `"}}`
	// What a failing run of this program is told by.
	wantsFailure = "CONFORMANCE_WANTS_FAILURE"
)

func TestSending(t *testing.T) {
	sandbox := startSandbox(t)

	conform(t, sandbox, "create")

	if texts := sandbox.texts(t); len(texts) != 1 || texts[0] != text {
		t.Errorf("the robot got %q", texts)
	}
}

// The suite expects of `get` what `create` wrote before. A binding without a store cannot give that,
// so the two operations are tested apart from each other.
func TestReceiving(t *testing.T) {
	sandbox := startSandbox(t)

	conform(t, sandbox, "read", "get")

	if texts := sandbox.texts(t); len(texts) != 0 {
		t.Errorf("the robot got %q", texts)
	}
}

// The suite can fail: this program runs it for an operation that needs a store.
func TestSuiteRefuses(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	again := exec.Command(program, "-test.run=^TestDeleting$")
	again.Env = append(os.Environ(), wantsFailure+"=1")

	output, err := again.CombinedOutput()

	if err == nil || !strings.Contains(string(output), "reason=unknown-operation") {
		t.Errorf("the suite accepts delete: %s", output)
	}
}

func TestDeleting(t *testing.T) {
	if os.Getenv(wantsFailure) == "" {
		t.Skip("TestSuiteRefuses runs this")
	}
	conform(t, startSandbox(t), "delete")
}

// conform runs the suite for some operations beside Init, Ping, Operations and Close.
func conform(t *testing.T, robots sandbox, operations ...string) {
	t.Helper()
	socket := startComponent(t)
	all := append([]string{"operations"}, operations...)
	config, err := bindings.NewTestConfig("dingtalk.webhook", all, map[string]any{
		"outputData":         message,
		"readBindingTimeout": "30s",
	})
	if err != nil {
		t.Fatal(err)
	}
	log := logger.NewLogger("conformance")
	log.SetOutput(io.Discard)
	properties := map[string]string{"id": "conformance", "url": robots.robot()}
	bindings.ConformanceTests(t, properties,
		&reader{input: pluggable.NewGRPCInputBinding(log, socket)},
		writer{pluggable.NewGRPCOutputBinding(log, socket)},
		config)
}

// reader ends the stream when the suite closes the binding, as daprd does. Close of daprd's client
// waits for the end of the stream and does not bring it about.
type reader struct {
	input
	stop context.CancelFunc
}

type input interface {
	contrib.InputBinding
	Ping() error
}

// writer and reader have the Ping that the suite looks for. Ping of daprd's clients has no context.
type writer struct {
	output
}

type output interface {
	contrib.OutputBinding
	Ping() error
	Close() error
}

func (w writer) Ping(context.Context) error { return w.output.Ping() }

func (r *reader) Ping(context.Context) error { return r.input.Ping() }

func (r *reader) Read(ctx context.Context, handler contrib.Handler) error {
	ctx, r.stop = context.WithCancel(ctx)
	return r.input.Read(ctx, handler)
}

func (r *reader) Close() error {
	r.stop()
	return r.input.Close()
}

// sandbox is the origin of a running sandbox.
type sandbox string

func (s sandbox) robot() string {
	return string(s) + "/robot/send?access_token=sandbox"
}

// texts are those of the messages that the robot got.
func (s sandbox) texts(t *testing.T) []string {
	t.Helper()
	response, err := http.Get(fmt.Sprintf("%s/api/messages?token=sandbox", s))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var arrived []struct {
		Message struct{ Text struct{ Content string } }
	}
	if err := json.NewDecoder(response.Body).Decode(&arrived); err != nil {
		t.Fatal(err)
	}
	texts := make([]string, 0, len(arrived))
	for _, each := range arrived {
		texts = append(texts, each.Message.Text.Content)
	}
	return texts
}
