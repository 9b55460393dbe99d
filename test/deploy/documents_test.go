package deploy

import (
	"os"
	"path"
	"regexp"
	"testing"
)

var (
	deployPath = regexp.MustCompile(`\bdeploy(?:/[a-z-]+)+(?:\.yaml)?`)
	annotation = regexp.MustCompile(`dapr\.io/[a-z-]+`)
)

func TestDocumentsNamePathsThatExist(t *testing.T) {
	for _, document := range documents {
		for _, name := range deployPath.FindAllString(read(t, document), -1) {
			if _, err := os.Stat(path.Join(root, name)); err != nil {
				t.Errorf("%s names %s", document, name)
			}
		}
	}
}

// Both languages say the same about the same annotations.
func TestDocumentsNameTheSameAnnotations(t *testing.T) {
	named := func(document string) map[string]bool {
		names := map[string]bool{}
		for _, name := range annotation.FindAllString(read(t, document), -1) {
			names[name] = true
		}
		return names
	}
	english, chinese := named(documents[0]), named(documents[1])
	for name := range english {
		if !chinese[name] {
			t.Errorf("%s lacks %s", documents[1], name)
		}
	}
	for name := range chinese {
		if !english[name] {
			t.Errorf("%s lacks %s", documents[0], name)
		}
	}
}

var documents = []string{"docs/kubernetes.md", "docs/kubernetes.zh-CN.md"}
