package deploy

import (
	"maps"
	"net/url"
	"slices"
	"testing"

	components "github.com/dapr/dapr/pkg/apis/components/v1alpha1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"
)

func TestCallbacksFindTheirWayToTheComponent(t *testing.T) {
	eachOverlayWith(t, []string{"callback"}, func(t *testing.T, built objects) {
		service := other[*core.Service](t, built, "Service/dingtalk-callback")
		rule := other[*networking.Ingress](t, built, "Ingress/dingtalk-callback").Spec.Rules[0]

		if target := service.Spec.Ports[0].TargetPort.String(); target != built.settings.Data["DINGTALK_CALLBACK_PORT"] {
			t.Errorf("the Service leads to port %s, the settings are %v", target, built.settings.Data)
		}
		expectSelected(t, service, built.deployment)
		path := rule.HTTP.Paths[0]
		if path.Path != "/callback/" || *path.PathType != networking.PathTypePrefix {
			t.Errorf("the Ingress takes %s as %s", path.Path, *path.PathType)
		}
		backend := path.Backend.Service
		if backend.Name != service.Name || backend.Port.Name != service.Spec.Ports[0].Name {
			t.Errorf("the Ingress leads to %v", backend)
		}
	})
}

func TestIngressEndsTLSForItsHost(t *testing.T) {
	built := buildWith(t, native, "components:", "- DEPLOY/components/callback")

	spec := other[*networking.Ingress](t, built, "Ingress/dingtalk-callback").Spec
	if len(spec.TLS) != 1 || spec.TLS[0].SecretName == "" || !slices.Equal(spec.TLS[0].Hosts, []string{spec.Rules[0].Host}) {
		t.Errorf("TLS is %v for the host %s", spec.TLS, spec.Rules[0].Host)
	}
}

func TestReceivingComponentsSayTheirModeAndReadTheirSecrets(t *testing.T) {
	for mode, expected := range map[string][]string{
		"callback": {"clientSecret", "secret", "url"},
		"stream":   {"clientId", "clientSecret", "secret", "url"},
	} {
		eachOverlayWith(t, []string{mode}, func(t *testing.T, built objects) {
			value := map[string]string{"callback": "http", "stream": "stream"}[mode]
			if actual := fieldOf(built.component, "receive"); actual != value {
				t.Errorf("receive is %q, expected %q", actual, value)
			}
			keys := secretKeys(built.component)
			slices.Sort(keys)
			if !slices.Equal(keys, expected) {
				t.Errorf("keys of the Secret are %q, expected %q", keys, expected)
			}
		})
	}
}

func TestExamplesOfSecretsHaveEveryKey(t *testing.T) {
	built := buildWith(t, native, "components:", "- DEPLOY/components/stream")
	expected := secretKeys(built.component)
	slices.Sort(expected)

	secret := decode(t, []byte(read(t, "deploy/examples/secret.yaml"))).(*core.Secret)
	external := externalSecret(t)

	if secret.Name != secretName || external.Metadata.Name != secretName || external.Spec.Target.Name != secretName {
		t.Errorf("an example has another name than %s", secretName)
	}
	for what, keys := range map[string][]string{
		"Secret":         slices.Collect(maps.Keys(secret.StringData)),
		"ExternalSecret": external.keys(),
	} {
		slices.Sort(keys)
		if !slices.Equal(keys, expected) {
			t.Errorf("%s has %q, expected %q", what, keys, expected)
		}
	}
}

func TestSandboxStandsInForTheRobot(t *testing.T) {
	eachOverlayWith(t, []string{"sandbox"}, func(t *testing.T, built objects) {
		service := other[*core.Service](t, built, "Service/dingtalk-sandbox")
		secret := other[*core.Secret](t, built, "Secret/"+secretName)

		for _, key := range secretKeys(built.component) {
			if len(secret.Data[key]) == 0 {
				t.Errorf("the Secret lacks %s", key)
			}
		}
		address, err := url.Parse(string(secret.Data["url"]))
		if err != nil {
			t.Fatal(err)
		}
		if address.Hostname() != service.Name || address.Port() != "4050" || service.Spec.Ports[0].Port != 4050 {
			t.Errorf("the url leads to %s, the Service is %s", address.Host, service.Name)
		}
		sandbox := other[*apps.Deployment](t, built, "Deployment/dingtalk-sandbox")
		expectSelected(t, service, sandbox)
		if image := sandbox.Spec.Template.Spec.Containers[0].Image; image != repository(t)+"-sandbox:"+packageVersion(t) {
			t.Errorf("image is %s", image)
		}
	})
}

// All components together are still a pod that an API server would take.
func TestComponentsGoTogether(t *testing.T) {
	eachOverlayWith(t, []string{"redis", "callback", "pod-monitor", "sandbox"}, func(t *testing.T, built objects) {
		expectWholePod(t, inject(t, built.pod(), *built.component))
		if len(built.settings.Data) != 3 {
			t.Errorf("the settings are %v", built.settings.Data)
		}
		expectRules(t, built.policy, 2)
	})
}

const secretName = "dingtalk-robot"

func expectSelected(t *testing.T, service *core.Service, deployment *apps.Deployment) {
	t.Helper()
	selector := labels.SelectorFromSet(service.Spec.Selector)
	if selector.Empty() || !selector.Matches(labels.Set(deployment.Spec.Template.Labels)) {
		t.Errorf("%s does not select %s", service.Name, deployment.Name)
	}
}

func fieldOf(component *components.Component, name string) string {
	for _, item := range component.Spec.Metadata {
		if item.Name == name {
			return item.Value.String()
		}
	}
	return ""
}

func secretKeys(component *components.Component) []string {
	var keys []string
	for _, item := range component.Spec.Metadata {
		if item.SecretKeyRef.Name == secretName {
			keys = append(keys, item.SecretKeyRef.Key)
		}
	}
	return keys
}

// external is the part of an ExternalSecret that the example uses. The operator's own types need more
// modules than all of these tests.
type external struct {
	APIVersion string
	Kind       string
	Metadata   struct{ Name string }
	Spec       struct {
		RefreshInterval string
		SecretStoreRef  struct{ Kind, Name string }
		Target          struct{ Name string }
		Data            []struct {
			SecretKey string
			RemoteRef struct{ Key, Property string }
		}
	}
}

func (e external) keys() []string {
	var keys []string
	for _, item := range e.Spec.Data {
		if item.SecretKey == item.RemoteRef.Property {
			keys = append(keys, item.SecretKey)
		}
	}
	return keys
}

func externalSecret(t *testing.T) external {
	t.Helper()
	var object external
	if err := yaml.UnmarshalStrict([]byte(read(t, "deploy/examples/external-secret.yaml")), &object); err != nil {
		t.Fatal(err)
	}
	if object.APIVersion != "external-secrets.io/v1" || object.Kind != "ExternalSecret" {
		t.Fatalf("it is a %s of %s", object.Kind, object.APIVersion)
	}
	return object
}
