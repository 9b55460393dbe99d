package deploy

import (
	"encoding/json"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	kjson "sigs.k8s.io/json"
)

const (
	containerAnnotation = "dapr.io/component-container"
	user                = int64(65532)
)

// ours is the component's container, wherever an overlay puts it.
func ours(t *testing.T, built objects) core.Container {
	t.Helper()
	spec := built.deployment.Spec.Template.Spec
	for _, container := range slices.Concat(spec.InitContainers, spec.Containers) {
		if strings.HasPrefix(container.Image, repository(t)+":") {
			return container
		}
	}
	return annotated(t, built)
}

// annotated is strict where the injector is not: it ignores what it does not know.
func annotated(t *testing.T, built objects) core.Container {
	t.Helper()
	var container core.Container
	text := built.component.Annotations[containerAnnotation]
	flaws, err := kjson.UnmarshalStrict([]byte(text), &container)
	if err != nil || len(flaws) > 0 {
		t.Fatalf("%s is not a container: %v %v", containerAnnotation, err, flaws)
	}
	return container
}

func TestImageHasTheVersionOfThePackage(t *testing.T) {
	eachOverlay(t, func(t *testing.T, built objects) {
		if image := ours(t, built).Image; image != repository(t)+":"+packageVersion(t) {
			t.Errorf("image is %s, package.json has version %s", image, packageVersion(t))
		}
	})
}

func TestImageIsReplacedByKustomize(t *testing.T) {
	for _, overlay := range []string{inPod, native} {
		built := buildWith(t, overlay,
			"images:", "- name: "+repository(t), "  newName: mirror.example/dingtalk", "  newTag: 9.9.9")

		spec := built.deployment.Spec.Template.Spec
		isReplaced := func(c core.Container) bool { return c.Image == "mirror.example/dingtalk:9.9.9" }
		if !slices.ContainsFunc(slices.Concat(spec.InitContainers, spec.Containers), isReplaced) {
			t.Errorf("%s keeps its image", overlay)
		}
	}
}

func TestContainerHasNoPrivileges(t *testing.T) {
	eachOverlay(t, func(t *testing.T, built objects) {
		no, yes, uid := false, true, user
		expected := &core.SecurityContext{
			RunAsNonRoot:             &yes,
			RunAsUser:                &uid,
			RunAsGroup:               &uid,
			ReadOnlyRootFilesystem:   &yes,
			AllowPrivilegeEscalation: &no,
			Privileged:               &no,
			Capabilities:             &core.Capabilities{Drop: []core.Capability{"ALL"}},
			SeccompProfile:           &core.SeccompProfile{Type: core.SeccompProfileTypeRuntimeDefault},
		}

		if actual := ours(t, built).SecurityContext; !equality.Semantic.DeepEqual(actual, expected) {
			t.Errorf("security context is %v", actual)
		}
		podContext := &core.PodSecurityContext{SeccompProfile: expected.SeccompProfile}
		if actual := built.deployment.Spec.Template.Spec.SecurityContext; !equality.Semantic.DeepEqual(actual, podContext) {
			t.Errorf("the pod's security context, which daprd gets too, is %v", actual)
		}
	})
}

func TestContainerHasRequestsAndLimits(t *testing.T) {
	eachOverlay(t, func(t *testing.T, built objects) {
		resources := ours(t, built).Resources
		for _, name := range []core.ResourceName{core.ResourceCPU, core.ResourceMemory} {
			request, limit := resources.Requests[name], resources.Limits[name]
			if request.IsZero() || limit.Cmp(request) < 0 {
				t.Errorf("%s: request %s, limit %s", name, request.String(), limit.String())
			}
		}
	})
}

func TestProbesRunTheImagesOwnHealthcheck(t *testing.T) {
	image := imageHealthcheck(t)
	for _, overlay := range []string{inPod, native} {
		container := ours(t, build(t, overlay))
		probes := []*core.Probe{container.StartupProbe, container.LivenessProbe, container.ReadinessProbe}
		for _, probe := range probes {
			if probe == nil || probe.Exec == nil || !slices.Equal(probe.Exec.Command, image) {
				t.Errorf("a probe of %s does not run %q: %v", overlay, image, probe)
			}
		}
	}
}

func TestStateFileIsInAFolderOfItsOwnInMemory(t *testing.T) {
	eachOverlay(t, func(t *testing.T, built objects) {
		container := ours(t, built)
		folder := path.Dir(value(container, "DINGTALK_STATE_FILE"))

		var volume string
		for _, mount := range container.VolumeMounts {
			if mount.MountPath == path.Dir(folder) && !mount.ReadOnly {
				volume = mount.Name
			}
		}
		isInMemory := func(v core.Volume) bool {
			return v.Name == volume && v.EmptyDir != nil && v.EmptyDir.Medium == core.StorageMediumMemory
		}
		if !slices.ContainsFunc(built.deployment.Spec.Template.Spec.Volumes, isInMemory) {
			t.Errorf("%s is not one level below a writable memory-backed volume", folder)
		}
	})
}

func TestVariablesExist(t *testing.T) {
	config := read(t, "src/sidecar/environment.ts")
	check := func(t *testing.T, built objects) {
		names := slices.Collect(maps.Keys(built.settings.Data))
		for _, variable := range ours(t, built).Env {
			names = append(names, variable.Name)
		}
		for _, name := range names {
			if !strings.Contains(config, `"`+name+`"`) {
				t.Errorf("src/sidecar/environment.ts does not know %s", name)
			}
		}
	}
	eachOverlay(t, check)
	eachOverlayWith(t, []string{"metrics", "callback"}, check)
}

func TestContainerReadsTheSettings(t *testing.T) {
	eachOverlay(t, func(t *testing.T, built objects) {
		from := ours(t, built).EnvFrom
		if len(from) != 1 || from[0].ConfigMapRef == nil || from[0].ConfigMapRef.Name != built.settings.Name {
			t.Errorf("the container reads %v, the ConfigMap is %s", from, built.settings.Name)
		}
	})
}

// What differs is what makes the three ways.
func TestContainerIsTheSameInAllWays(t *testing.T) {
	expected := common(ours(t, buildWith(t, inPod, metrics...)))
	eachOverlayWith(t, []string{"metrics"}, func(t *testing.T, built objects) {
		if actual := common(ours(t, built)); !equality.Semantic.DeepEqual(actual, expected) {
			t.Errorf("differs from in-pod:\n%v\n%v", actual, expected)
		}
	})
}

func common(container core.Container) core.Container {
	container.Lifecycle = nil
	container.RestartPolicy = nil
	container.Env = slices.DeleteFunc(slices.Clone(container.Env), func(v core.EnvVar) bool {
		return v.Name == pluralVariable
	})
	container.VolumeMounts = slices.DeleteFunc(slices.Clone(container.VolumeMounts), func(m core.VolumeMount) bool {
		return m.MountPath == defaultSockets
	})
	return container
}

func value(container core.Container, name string) string {
	for _, variable := range container.Env {
		if variable.Name == name {
			return variable.Value
		}
	}
	return ""
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(path.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func packageVersion(t *testing.T) string {
	t.Helper()
	var manifest struct{ Version string }
	if err := json.Unmarshal([]byte(read(t, "package.json")), &manifest); err != nil {
		t.Fatal(err)
	}
	return manifest.Version
}

// repository is the image of base/image.yaml without its version.
func repository(t *testing.T) string {
	t.Helper()
	image := regexp.MustCompile(`(?m)^  image: (\S+):[^:/\s]+$`).FindStringSubmatch(read(t, "deploy/base/image.yaml"))
	if image == nil {
		t.Fatal("base/image.yaml has no image with a version")
	}
	return image[1]
}

func imageHealthcheck(t *testing.T) []string {
	t.Helper()
	found := regexp.MustCompile(`(?s)HEALTHCHECK[^\[]*(\[[^\]]*\])`).FindStringSubmatch(read(t, "Dockerfile"))
	var command []string
	if found == nil || json.Unmarshal([]byte(found[1]), &command) != nil {
		t.Fatal("the Dockerfile has no HEALTHCHECK")
	}
	return command
}
