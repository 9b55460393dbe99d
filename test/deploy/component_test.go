package deploy

import (
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// daprd reads these by itself.
var daprdFields = []string{"direction", "route"}

type metadataField struct {
	Name      string
	Required  bool
	Sensitive bool
}

func metadataFields(t *testing.T) []metadataField {
	t.Helper()
	var schema struct{ Metadata []metadataField }
	if err := yaml.Unmarshal([]byte(read(t, "metadata.yaml")), &schema); err != nil {
		t.Fatal(err)
	}
	return schema.Metadata
}

func TestComponentNamesFieldsThatExist(t *testing.T) {
	known := slices.Clone(daprdFields)
	for _, field := range metadataFields(t) {
		known = append(known, field.Name)
	}
	expectKnown := func(t *testing.T, built objects) {
		t.Helper()
		for _, item := range built.component.Spec.Metadata {
			if !slices.Contains(known, item.Name) {
				t.Errorf("metadata.yaml does not know %s", item.Name)
			}
		}
	}
	eachOverlay(t, expectKnown)
	for _, name := range []string{"redis", "callback", "stream"} {
		t.Run(name, func(t *testing.T) { eachOverlayWith(t, []string{name}, expectKnown) })
	}
}

func TestComponentHasWhatIsRequiredAndKeepsSecretsOut(t *testing.T) {
	eachOverlay(t, func(t *testing.T, built objects) {
		for _, field := range metadataFields(t) {
			index := -1
			for i, item := range built.component.Spec.Metadata {
				if item.Name == field.Name {
					index = i
				}
			}
			if index < 0 {
				if field.Required {
					t.Errorf("%s is missing", field.Name)
				}
				continue
			}
			item := built.component.Spec.Metadata[index]
			if field.Sensitive && (item.HasValue() || item.SecretKeyRef.Name == "") {
				t.Errorf("%s does not come from a Secret", field.Name)
			}
		}
		if built.component.SecretStore != "kubernetes" {
			t.Errorf("secret store is %q", built.component.SecretStore)
		}
	})
}

func TestComponentIsScopedToTheApp(t *testing.T) {
	eachOverlay(t, func(t *testing.T, built objects) {
		app := built.deployment.Spec.Template.Annotations["dapr.io/app-id"]
		if !slices.Equal(built.component.Scopes, []string{app}) {
			t.Errorf("scopes are %q, the app is %q", built.component.Scopes, app)
		}
	})
}

func TestComponentHasATypeThatTheContainerOffers(t *testing.T) {
	expectOffered := func(t *testing.T, built objects) {
		t.Helper()
		offered := strings.Split(value(ours(t, built), "DINGTALK_SOCKET_NAMES"), ",")
		if !slices.Contains(offered, strings.TrimPrefix(built.component.Spec.Type, "bindings.")) {
			t.Errorf("%s is not among %q", built.component.Spec.Type, offered)
		}
	}
	eachOverlay(t, expectOffered)
	t.Run("robot-type", func(t *testing.T) {
		built := buildWith(t, native, "components:", "- DEPLOY/components/robot-type")

		expectOffered(t, built)
		if built.component.Spec.Type != "bindings.dingtalk.robot" {
			t.Errorf("type is %s", built.component.Spec.Type)
		}
	})
}
