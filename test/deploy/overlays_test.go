package deploy

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	components "github.com/dapr/dapr/pkg/apis/components/v1alpha1"
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

// objects is what one overlay makes, each kind once.
type objects struct {
	deployment *apps.Deployment
	component  *components.Component
	policy     *networking.NetworkPolicy
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
	return known
}

func TestOverlaysDecodeStrictly(t *testing.T) {
	eachOverlay(t, func(*testing.T, objects) {})
}

func build(t *testing.T, folder string) objects {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		t.Fatalf("kustomize cannot build %s: %v", folder, err)
	}
	var built objects
	for _, resource := range resources.Resources() {
		text, err := resource.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		object, _, err := strict.Decode(text, nil, nil)
		if err != nil {
			t.Fatalf("%s: %v", resource.CurId(), err)
		}
		switch object := object.(type) {
		case *apps.Deployment:
			built.deployment = object
		case *components.Component:
			built.component = object
		case *networking.NetworkPolicy:
			built.policy = object
		default:
			t.Fatalf("%s does not belong into an overlay", resource.CurId())
		}
	}
	if built.deployment == nil || built.component == nil || built.policy == nil {
		t.Fatalf("%s lacks a Deployment, a Component or a NetworkPolicy", folder)
	}
	return built
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

func eachOverlay(t *testing.T, check func(t *testing.T, built objects)) {
	t.Helper()
	for _, folder := range overlays(t) {
		t.Run(filepath.Base(folder), func(t *testing.T) { check(t, build(t, folder)) })
	}
}
