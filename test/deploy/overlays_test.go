package deploy

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	components "github.com/dapr/dapr/pkg/apis/components/v1alpha1"
	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

const (
	root         = "../.."
	deployFolder = root + "/deploy"
	inPod        = deployFolder + "/overlays/in-pod"
	injected     = deployFolder + "/overlays/injected"
	native       = deployFolder + "/overlays/native-sidecar"
)

// objects is what one overlay makes: the app's objects, and those that deploy/components add.
type objects struct {
	deployment *apps.Deployment
	component  *components.Component
	policy     *networking.NetworkPolicy
	settings   *core.ConfigMap
	// Each object by its kind and name, such as Service/dingtalk-callback.
	others map[string]runtime.Object
}

func (o objects) pod() *core.Pod {
	template := o.deployment.Spec.Template.DeepCopy()
	return &core.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
}

// strict refuses unknown and repeated fields.
var strict = serializer.NewCodecFactory(scheme(), serializer.EnableStrict).UniversalDeserializer()

func scheme() *runtime.Scheme {
	known := runtime.NewScheme()
	utilruntime.Must(apps.AddToScheme(known))
	utilruntime.Must(core.AddToScheme(known))
	utilruntime.Must(networking.AddToScheme(known))
	utilruntime.Must(components.AddToScheme(known))
	utilruntime.Must(monitoring.AddToScheme(known))
	return known
}

func TestOverlaysDecodeStrictly(t *testing.T) {
	eachOverlay(t, func(t *testing.T, built objects) {
		if len(built.others) > 0 {
			t.Errorf("%v do not belong into an overlay", slices.Collect(maps.Keys(built.others)))
		}
	})
}

func build(t *testing.T, folder string) objects {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		t.Fatalf("kustomize cannot build %s: %v", folder, err)
	}
	built := objects{others: map[string]runtime.Object{}}
	for _, resource := range resources.Resources() {
		text, err := resource.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		built.take(resource.GetKind()+"/"+resource.GetName(), decode(t, text))
	}
	if built.deployment == nil || built.component == nil || built.policy == nil || built.settings == nil {
		t.Fatalf("%s lacks a Deployment, a Component, a NetworkPolicy or a ConfigMap", folder)
	}
	return built
}

func (o *objects) take(name string, object runtime.Object) {
	switch name {
	case "Deployment/app":
		o.deployment = object.(*apps.Deployment)
	case "Component/alerts":
		o.component = object.(*components.Component)
	case "NetworkPolicy/app":
		o.policy = object.(*networking.NetworkPolicy)
	case "ConfigMap/dingtalk-webhook":
		o.settings = object.(*core.ConfigMap)
	default:
		o.others[name] = object
	}
}

func decode(t *testing.T, text []byte) runtime.Object {
	t.Helper()
	object, _, err := strict.Decode(text, nil, nil)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return object
}

// other is an object that a component adds.
func other[T runtime.Object](t *testing.T, built objects, name string) T {
	t.Helper()
	object, ok := built.others[name].(T)
	if !ok {
		t.Fatalf("%s is missing among %v", name, slices.Collect(maps.Keys(built.others)))
	}
	return object
}

// buildWith puts a kustomization of its own, with the given lines, on top of an overlay.
func buildWith(t *testing.T, overlay string, lines ...string) objects {
	t.Helper()
	folder := t.TempDir()
	below, err := filepath.Abs(deployFolder)
	if err != nil {
		t.Fatal(err)
	}
	relative, err := filepath.Rel(realPath(t, folder), below)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(append([]string{
		"apiVersion: kustomize.config.k8s.io/v1beta1",
		"kind: Kustomization",
		"resources:",
		"- DEPLOY/overlays/" + filepath.Base(overlay),
	}, lines...), "\n")
	text = strings.ReplaceAll(text, "DEPLOY", relative)
	if err := os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return build(t, folder)
}

func realPath(t *testing.T, path string) string {
	t.Helper()
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		t.Fatal(err)
	}
	return real
}

func overlays(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(deployFolder + "/overlays/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, expected := range []string{inPod, injected, native} {
		if !slices.Contains(found, expected) {
			t.Fatalf("%s is missing", expected)
		}
	}
	return found
}

// eachOverlayWith does the same with components of deploy/components on top.
func eachOverlayWith(t *testing.T, names []string, check func(t *testing.T, built objects)) {
	t.Helper()
	lines := []string{"components:"}
	for _, name := range names {
		lines = append(lines, "- DEPLOY/components/"+name)
	}
	for _, folder := range overlays(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) { check(t, buildWith(t, folder, lines...)) })
	}
}

func eachOverlay(t *testing.T, check func(t *testing.T, built objects)) {
	t.Helper()
	for _, folder := range overlays(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) { check(t, build(t, folder)) })
	}
}
