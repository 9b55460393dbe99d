package conformance

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const (
	executable = "../../dist/main.js"
	// For hangs: the start takes about a second.
	startTimeout = time.Minute
)

var listening = regexp.MustCompile(`http://[\d.]+:\d+`)

func startSandbox(t *testing.T) sandbox {
	t.Helper()
	line := start(t, "sandbox listening on", nil, "sandbox", "--port", "0")
	return sandbox(listening.FindString(line))
}

// startComponent starts our process and gives the path of its socket.
func startComponent(t *testing.T) string {
	t.Helper()
	// The path of a socket is limited to about a hundred bytes, and t.TempDir() names the test.
	folder, err := os.MkdirTemp("", "dt-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	start(t, "ready for daprd", []string{"DAPR_COMPONENTS_SOCKETS_FOLDER=" + folder}, "serve")
	return filepath.Join(folder, "dingtalk.webhook.sock")
}

// start runs a command of ours until the end of the test. It gives the line of the output that says
// that the process is ready.
func start(t *testing.T, ready string, env []string, args ...string) string {
	t.Helper()
	node := exec.Command("node", append([]string{executable}, args...)...)
	node.Env = append(os.Environ(), env...)
	node.Stderr = os.Stderr
	output, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = node.Process.Kill()
		_ = node.Wait()
	})
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(output); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	line := waitFor(t, lines, ready)
	go func() {
		for range lines {
		}
	}()
	return line
}

func waitFor(t *testing.T, lines <-chan string, ready string) string {
	t.Helper()
	tooLate := time.After(startTimeout)
	for {
		select {
		case line, open := <-lines:
			if strings.Contains(line, ready) {
				return line
			}
			if !open {
				t.Fatalf("the process ended and did not say %q", ready)
			}
		case <-tooLate:
			t.Fatalf("the process does not say %q", ready)
		}
	}
}
