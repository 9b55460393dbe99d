package deploy

import (
	"slices"
	"testing"

	components "github.com/dapr/dapr/pkg/apis/components/v1alpha1"
	"github.com/dapr/dapr/pkg/injector/patcher"
	core "k8s.io/api/core/v1"
)

const (
	// daprd reads the first; its injector writes the second.
	pluralVariable   = "DAPR_COMPONENTS_SOCKETS_FOLDER"
	singularVariable = "DAPR_COMPONENT_SOCKETS_FOLDER"
	defaultSockets   = "/tmp/dapr-components-sockets"
)

// inject does what Dapr's injector does when the pod is made.
func inject(t *testing.T, pod *core.Pod, inNamespace ...components.Component) *core.Pod {
	t.Helper()
	config := patcher.NewSidecarConfig(pod)
	config.Namespace = "default"
	config.SidecarImage = "daprd"
	config.RunAsNonRoot = true
	config.ReadOnlyRootFilesystem = true
	config.GetInjectedComponentContainers = func(appID, _ string) ([]core.Container, error) {
		return patcher.Injectable(appID, inNamespace), nil
	}
	config.SetFromPodAnnotations()
	patch, err := config.GetPatch()
	if err != nil {
		t.Fatal(err)
	}
	patched, err := patcher.PatchPod(pod, patch)
	if err != nil {
		t.Fatal(err)
	}
	return patched
}

func TestInPodComponentStartsBeforeDaprd(t *testing.T) {
	built := build(t, inPod)

	pod := inject(t, built.pod(), *built.component)

	expectOrder(t, pod.Spec.Containers, "dingtalk", "app", "daprd")
	expectOrder(t, pod.Spec.InitContainers)
	expectSharedSockets(t, pod, pod.Spec.Containers[0], pod.Spec.Containers[2])
	if folder := value(pod.Spec.Containers[0], singularVariable); folder != defaultSockets {
		t.Errorf("the injector names the folder %q", folder)
	}
	expectWholePod(t, pod)
}

func TestInPodComponentHoldsDaprdBackUntilItAnswers(t *testing.T) {
	lifecycle := ours(t, build(t, inPod)).Lifecycle

	wait := append(imageHealthcheck(t), "--wait", "30s")
	if lifecycle == nil || lifecycle.PostStart == nil || lifecycle.PostStart.Exec == nil ||
		!slices.Equal(lifecycle.PostStart.Exec.Command, wait) {
		t.Errorf("postStart does not run %q: %v", wait, lifecycle)
	}
}

func TestInjectedComponentStartsAfterDaprd(t *testing.T) {
	built := build(t, injected)

	pod := inject(t, built.pod(), *built.component)

	expectOrder(t, pod.Spec.Containers, "app", "daprd", "dingtalk")
	expectOrder(t, pod.Spec.InitContainers)
	expectSharedSockets(t, pod, pod.Spec.Containers[2], pod.Spec.Containers[1])
	if folder := value(pod.Spec.Containers[2], singularVariable); folder != defaultSockets {
		t.Errorf("the injector names the folder %q", folder)
	}
	expectWholePod(t, pod)
}

// Since daprd starts first, it must fail and come again rather than take what it has built in.
func TestInjectedComponentHasATypeThatDaprdLacks(t *testing.T) {
	if kind := build(t, injected).component.Spec.Type; kind != "bindings.dingtalk.robot" {
		t.Errorf("type is %s", kind)
	}
}

func TestInjectedComponentServesAllOfItsImage(t *testing.T) {
	built := build(t, injected)
	second := built.component.DeepCopy()
	second.Name = "reports"

	pod := inject(t, built.pod(), *built.component, *second)

	expectOrder(t, pod.Spec.Containers, "app", "daprd", "dingtalk")
}

func TestInjectedComponentStaysOutOfOtherApps(t *testing.T) {
	built := build(t, injected)
	other := built.pod()
	other.Annotations["dapr.io/app-id"] = "other"

	pod := inject(t, other, *built.component)

	expectOrder(t, pod.Spec.Containers, "app", "daprd")
}

func TestNativeComponentStartsBeforeDaprd(t *testing.T) {
	built := build(t, native)

	pod := inject(t, built.pod(), *built.component)

	expectOrder(t, pod.Spec.InitContainers, "dingtalk", "daprd")
	expectOrder(t, pod.Spec.Containers, "app")
	expectSharedSockets(t, pod, pod.Spec.InitContainers[0], pod.Spec.InitContainers[1])
	for _, container := range pod.Spec.InitContainers {
		if container.RestartPolicy == nil || *container.RestartPolicy != core.ContainerRestartPolicyAlways {
			t.Errorf("%s is not a native sidecar", container.Name)
		}
	}
	expectWholePod(t, pod)
}

func expectOrder(t *testing.T, containers []core.Container, expected ...string) {
	t.Helper()
	names := make([]string, 0, len(containers))
	for _, container := range containers {
		names = append(names, container.Name)
	}
	if !slices.Equal(names, expected) {
		t.Fatalf("containers are %q, expected %q", names, expected)
	}
}

// Both must find the same volume in the folder that each of them reads.
func expectSharedSockets(t *testing.T, pod *core.Pod, component, daprd core.Container) {
	t.Helper()
	written := firstOf(value(component, pluralVariable), value(component, singularVariable), defaultSockets)
	searched := firstOf(value(daprd, pluralVariable), defaultSockets)
	offered, seen := mountAt(component, written), mountAt(daprd, searched)
	if offered == nil || offered.ReadOnly {
		t.Fatalf("the component cannot write to %s", written)
	}
	if seen == nil || seen.Name != offered.Name {
		t.Errorf("daprd does not see the component's volume in %s", searched)
	}
}

func firstOf(values ...string) string {
	return values[slices.IndexFunc(values, func(v string) bool { return v != "" })]
}

func mountAt(container core.Container, folder string) *core.VolumeMount {
	for _, mount := range container.VolumeMounts {
		if mount.MountPath == folder {
			return &mount
		}
	}
	return nil
}

// expectWholePod checks what an API server would: names that exist, and each of them once.
func expectWholePod(t *testing.T, pod *core.Pod) {
	t.Helper()
	volumes := map[string]bool{}
	for _, volume := range pod.Spec.Volumes {
		if volumes[volume.Name] {
			t.Errorf("volume %s is there twice", volume.Name)
		}
		volumes[volume.Name] = true
	}
	if !volumes["dapr-identity-token"] {
		t.Error("daprd lost its identity")
	}
	for _, container := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		variables := map[string]bool{}
		for _, variable := range container.Env {
			if variables[variable.Name] {
				t.Errorf("%s has %s twice", container.Name, variable.Name)
			}
			variables[variable.Name] = true
		}
		for _, mount := range container.VolumeMounts {
			if !volumes[mount.Name] {
				t.Errorf("%s mounts %s, which is no volume", container.Name, mount.Name)
			}
		}
	}
}
