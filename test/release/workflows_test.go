// Package release checks the files by which the project is built and released elsewhere.
package release

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

const root = "../.."

func TestWorkflowsAreSound(t *testing.T) {
	files, err := filepath.Glob(root + "/.github/workflows/*.yml")
	if err != nil || len(files) < 2 {
		t.Fatalf("workflows are %q: %v", files, err)
	}
	for _, file := range files {
		for _, problem := range lint(t, file, read(t, file)) {
			t.Error(problem)
		}
	}
}

// The check can fail.
func TestUnsoundWorkflowIsRefused(t *testing.T) {
	file := root + "/.github/workflows/release.yml"
	for _, change := range []struct{ from, to string }{
		{"needs: [ci, version]", "needs: [ci, versions]"},
		{"${{ github.ref_name }}", "${{ github.tag }}"},
		{"runs-on: ubuntu-24.04", "runs_on: ubuntu-24.04"},
		{"steps.names.outputs.image", "steps.name.outputs.image"},
	} {
		text := read(t, file)
		broken := strings.Replace(text, change.from, change.to, 1)
		if broken == text || len(lint(t, file, broken)) == 0 {
			t.Errorf("%q instead of %q is not noticed", change.to, change.from)
		}
	}
}

func TestCIRunsAllSuites(t *testing.T) {
	if !strings.Contains(read(t, root+"/.github/workflows/ci.yml"), "bash .ci/run") {
		t.Error("ci.yml does not call .ci/run")
	}
}

func lint(t *testing.T, file, text string) []*actionlint.Error {
	t.Helper()
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	project, err := actionlint.NewProject(root)
	if err != nil {
		t.Fatal(err)
	}
	problems, err := linter.Lint(file, []byte(text), project)
	if err != nil {
		t.Fatal(err)
	}
	return problems
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
