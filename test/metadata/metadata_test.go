// Package metadata checks metadata.yaml by the rules of components-contrib.
//
// The program in .build-tools of components-contrib runs these rules there. Go cannot download it:
// Go accepts no module path with an element that begins with a dot. The module of components-contrib
// has the schema that the program reads, and these tests read the same file. The program's rules
// beyond the schema are tests of their own.
package metadata

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	contrib "github.com/dapr/components-contrib/metadata"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

type document struct {
	Type    string
	URLs    []struct{ Title, URL string }
	Binding *struct {
		Input, Output bool
		Operations    []struct{ Name string }
	}
	Metadata []struct {
		Name, Type, Default, Example string
		AllowedValues                []string
		Binding                      *struct{ Input, Output bool }
	}
}

func TestMatchesSchema(t *testing.T) {
	if err := check(t, ours(t)); err != nil {
		t.Error(err)
	}
}

// The tests above can fail: the schema refuses what is wrong.
func TestSchemaRefuses(t *testing.T) {
	text := string(ours(t))
	for _, change := range []struct{ from, to string }{
		{`schemaVersion: v1`, `schemaVersion: v2`},
		{`type: "duration"`, `type: "time"`},
		{`allowedValues:`, `choices:`},
		{`default: "20"`, `default: 20`},
		{`input: false`, `input: "no"`},
	} {
		wrong := strings.Replace(text, change.from, change.to, 1)
		if wrong == text {
			t.Errorf("metadata.yaml has no %s", change.from)
		}
		var invalid *jsonschema.ValidationError
		if err := check(t, []byte(wrong)); !errors.As(err, &invalid) {
			t.Errorf("with %s the schema says: %v", change.to, err)
		}
	}
}

func TestLinksToTheDocumentationOfDapr(t *testing.T) {
	for _, url := range parsed(t).URLs {
		if url.Title == "Reference" &&
			strings.HasPrefix(url.URL, "https://docs.dapr.io/reference/components-reference/") {
			return
		}
	}
	t.Error("urls holds no Reference on docs.dapr.io")
}

func TestIsBinding(t *testing.T) {
	doc := parsed(t)
	if contrib.ComponentType(doc.Type) != contrib.BindingType {
		t.Errorf("the type is %s", doc.Type)
	}
	if doc.Binding == nil || !doc.Binding.Input || !doc.Binding.Output {
		t.Error("it is not an input and output binding")
	}
	if doc.Binding != nil && len(doc.Binding.Operations) == 0 {
		t.Error("it has no operations")
	}
}

func TestFieldNamesAreUnique(t *testing.T) {
	// components-contrib adds the fields that every binding has, such as direction.
	names := contrib.BindingType.BuiltInMetadataProperties()
	for _, field := range parsed(t).Metadata {
		if slices.Contains(names, field.Name) {
			t.Errorf("%s is there twice", field.Name)
		}
		names = append(names, field.Name)
	}
}

func TestScopesNameADirection(t *testing.T) {
	for _, field := range parsed(t).Metadata {
		if field.Binding != nil && !field.Binding.Input && !field.Binding.Output {
			t.Errorf("%s is for neither input nor output", field.Name)
		}
	}
}

func TestChoicesAllowDefaultAndExample(t *testing.T) {
	for _, field := range parsed(t).Metadata {
		if field.AllowedValues == nil {
			continue
		}
		for _, value := range []string{field.Default, field.Example} {
			if !slices.Contains(field.AllowedValues, value) {
				t.Errorf("%s does not allow %s", field.Name, value)
			}
		}
	}
}

func ours(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile("../../metadata.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func parsed(t *testing.T) document {
	t.Helper()
	var doc document
	if err := yaml.Unmarshal(ours(t), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func check(t *testing.T, text []byte) error {
	t.Helper()
	asJSON, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(asJSON)))
	if err != nil {
		t.Fatal(err)
	}
	return schema(t).Validate(value)
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/dapr/components-contrib")
	folder, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(strings.TrimSpace(string(folder)), "component-metadata-schema.json")
	compiled, err := jsonschema.NewCompiler().Compile(path)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}
