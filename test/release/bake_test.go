package release

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsimple"
	"github.com/zclconf/go-cty/cty"
)

type bakeFile struct {
	Variables []struct {
		Name    string `hcl:"name,label"`
		Default string `hcl:"default"`
	} `hcl:"variable,block"`
	Groups []struct {
		Name    string   `hcl:"name,label"`
		Targets []string `hcl:"targets"`
	} `hcl:"group,block"`
	Targets []bakeTarget `hcl:"target,block"`
}

type bakeTarget struct {
	Name      string             `hcl:"name,label"`
	Inherits  []string           `hcl:"inherits,optional"`
	Stage     string             `hcl:"target,optional"`
	Tags      []string           `hcl:"tags,optional"`
	Platforms []string           `hcl:"platforms,optional"`
	Attest    []string           `hcl:"attest,optional"`
	Labels    map[string]*string `hcl:"labels,optional"`
}

func TestBakeBuildsBothImagesByDefault(t *testing.T) {
	bake := readBake(t)

	if len(bake.Groups) != 1 || bake.Groups[0].Name != "default" ||
		!slices.Equal(bake.Groups[0].Targets, []string{"sidecar", "sandbox"}) {
		t.Errorf("groups are %v", bake.Groups)
	}
	for name, image := range map[string]string{"sidecar": "team/it", "sandbox": "team/it-sandbox"} {
		target := find(t, bake, name)
		if !slices.Equal(target.Inherits, []string{"common"}) {
			t.Errorf("%s inherits %v", name, target.Inherits)
		}
		if !slices.Equal(target.Tags, []string{image + ":1.2.3", image + ":latest"}) {
			t.Errorf("%s has the tags %v", name, target.Tags)
		}
		stage := regexp.MustCompile(`(?m)^FROM \S+ AS ` + target.Stage + `$`)
		if target.Stage == "" || !stage.MatchString(read(t, root+"/Dockerfile")) {
			t.Errorf("the Dockerfile has no stage %q", target.Stage)
		}
	}
}

func TestBakeAttestsAndLabels(t *testing.T) {
	common := find(t, readBake(t), "common")

	if !slices.Equal(common.Platforms, []string{"linux/amd64", "linux/arm64"}) {
		t.Errorf("platforms are %v", common.Platforms)
	}
	if !slices.Equal(common.Attest, []string{"type=sbom", "type=provenance,mode=max"}) {
		t.Errorf("attestations are %v", common.Attest)
	}
	for label, expected := range map[string]string{
		"org.opencontainers.image.version":  "1.2.3",
		"org.opencontainers.image.source":   "https://example.com/team/it",
		"org.opencontainers.image.revision": "abc",
		"org.opencontainers.image.licenses": licence(t),
		"io.artifacthub.package.license":    licence(t),
		"io.artifacthub.package.readme-url": "https://example.com/team/it/raw/v1.2.3/README.md",
		"org.opencontainers.image.url":      "https://example.com/team/it",
		"io.artifacthub.package.category":   "integration-delivery",
	} {
		if actual := common.Labels[label]; actual == nil || *actual != expected {
			t.Errorf("label %s is %v, expected %s", label, actual, expected)
		}
	}
}

func TestBakeLabelsNothingThatItDoesNotKnow(t *testing.T) {
	labels := find(t, readBakeOf(t, "", ""), "common").Labels

	for label, value := range labels {
		isAboutTheRepository := regexp.MustCompile(`\.(revision|source|url|documentation|readme-url)$`).MatchString(label)
		if isAboutTheRepository != (value == nil) {
			t.Errorf("without a repository, label %s is %v", label, value)
		}
	}
	if len(labels) < 6 {
		t.Errorf("labels are %v", labels)
	}
}

// The names of the variables are those that the workflow sets.
func TestReleaseSetsTheVariablesOfBake(t *testing.T) {
	workflow := read(t, root+"/.github/workflows/release.yml")
	for _, variable := range readBake(t).Variables {
		if variable.Name != "VERSION" && !strings.Contains(workflow, "        "+variable.Name+": ") {
			t.Errorf("release.yml does not set %s", variable.Name)
		}
	}
}

func readBake(t *testing.T) bakeFile {
	t.Helper()
	return readBakeOf(t, "https://example.com/team/it", "abc")
}

func readBakeOf(t *testing.T, source, revision string) bakeFile {
	t.Helper()
	values := map[string]cty.Value{}
	for name, value := range map[string]string{
		"IMAGE": "team/it", "VERSION": "1.2.3", "SOURCE": source, "REVISION": revision,
	} {
		values[name] = cty.StringVal(value)
	}
	var bake bakeFile
	text := []byte(read(t, root+"/docker-bake.hcl"))
	context := &hcl.EvalContext{Variables: values}
	if err := hclsimple.Decode("docker-bake.hcl", text, context, &bake); err != nil {
		t.Fatal(err)
	}
	return bake
}

func find(t *testing.T, bake bakeFile, name string) bakeTarget {
	t.Helper()
	index := slices.IndexFunc(bake.Targets, func(target bakeTarget) bool { return target.Name == name })
	if index < 0 {
		t.Fatalf("there is no target %s", name)
	}
	return bake.Targets[index]
}

func licence(t *testing.T) string {
	t.Helper()
	var manifest struct{ License string }
	if err := json.Unmarshal([]byte(read(t, root+"/package.json")), &manifest); err != nil {
		t.Fatal(err)
	}
	return manifest.License
}
