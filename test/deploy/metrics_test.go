package deploy

import (
	"maps"
	"slices"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"
)

const metricsPort = "9464"

var metrics = []string{"components:", "- DEPLOY/components/metrics"}

var scrapeAnnotations = map[string]string{
	"prometheus.io/scrape": "true",
	"prometheus.io/port":   metricsPort,
	"prometheus.io/path":   "/metrics",
}

func TestMetricsAreOnThePortThatPrometheusIsTold(t *testing.T) {
	eachOverlayWith(t, []string{"metrics"}, func(t *testing.T, built objects) {
		if port := built.settings.Data["DINGTALK_METRICS_PORT"]; port != metricsPort {
			t.Errorf("DINGTALK_METRICS_PORT is %q", port)
		}
		ports := ours(t, built).Ports
		if len(ports) != 1 || ports[0].Name != "metrics" || ports[0].ContainerPort != 9464 {
			t.Errorf("the container's ports are %v", ports)
		}
		annotations := built.deployment.Spec.Template.Annotations
		for name, expected := range scrapeAnnotations {
			if annotations[name] != expected {
				t.Errorf("%s is %q, expected %q", name, annotations[name], expected)
			}
		}
	})
}

func TestMetricsChangeProbesAlone(t *testing.T) {
	for _, overlay := range overlays(t) {
		plain, scraped := ours(t, build(t, overlay)), ours(t, buildWith(t, overlay, metrics...))

		scraped.StartupProbe, scraped.LivenessProbe, scraped.ReadinessProbe =
			plain.StartupProbe, plain.LivenessProbe, plain.ReadinessProbe
		if got, expected := asYAML(t, scraped), asYAML(t, plain); got != expected {
			t.Errorf("components/metrics changes %s:\n%s\n%s", overlay, got, expected)
		}
	}
}

func TestProbesAskTheMetricsPort(t *testing.T) {
	eachOverlayWith(t, []string{"metrics"}, func(t *testing.T, built objects) { expectHTTPProbes(t, built) })
}

// kustomize cannot exchange the probes within the JSON in which this way has its container.
func TestInjectedProbesAskTheMetricsPortWithoutMetrics(t *testing.T) {
	built := build(t, injected)

	expectHTTPProbes(t, built)
	if port := built.settings.Data["DINGTALK_METRICS_PORT"]; port != metricsPort {
		t.Errorf("DINGTALK_METRICS_PORT is %q, and the probes ask %s", port, metricsPort)
	}
}

func expectHTTPProbes(t *testing.T, built objects) {
	t.Helper()
	container := ours(t, built)
	expectProbe(t, container.StartupProbe, "/readyz", 1)
	expectProbe(t, container.LivenessProbe, "/healthz", 10)
	expectProbe(t, container.ReadinessProbe, "/readyz", 10)
}

func expectProbe(t *testing.T, probe *core.Probe, path string, period int32) {
	t.Helper()
	if probe == nil || probe.Exec != nil || probe.HTTPGet == nil {
		t.Fatalf("the probe of %s is %v", path, probe)
	}
	if probe.HTTPGet.Path != path || probe.HTTPGet.Port.String() != "metrics" || probe.PeriodSeconds != period {
		t.Errorf("the probe asks %s on %s every %d s, expected %s",
			probe.HTTPGet.Path, probe.HTTPGet.Port.String(), probe.PeriodSeconds, path)
	}
}

func TestPodMonitorFindsThePortAndNamesTheJobOfTheRules(t *testing.T) {
	eachOverlayWith(t, []string{"pod-monitor"}, func(t *testing.T, built objects) {
		monitor := other[*monitoring.PodMonitor](t, built, "PodMonitor/dingtalk-webhook")
		selector, err := meta.LabelSelectorAsSelector(&monitor.Spec.Selector)
		if err != nil {
			t.Fatal(err)
		}
		if !selector.Matches(labels.Set(built.deployment.Spec.Template.Labels)) || selector.Empty() {
			t.Errorf("%s does not select the app", selector)
		}
		endpoint := monitor.Spec.PodMetricsEndpoints[0]
		if endpoint.Port == nil || *endpoint.Port != ours(t, built).Ports[0].Name {
			t.Errorf("the endpoint's port is %v", endpoint.Port)
		}
		relabeling := endpoint.RelabelConfigs[0]
		if relabeling.TargetLabel != "job" || *relabeling.Replacement != jobOfTheExample(t) {
			t.Errorf("the job is %v", relabeling)
		}
	})
}

func TestPodMonitorLeavesNoAnnotationForASecondScrape(t *testing.T) {
	eachOverlayWith(t, []string{"pod-monitor"}, func(t *testing.T, built objects) {
		for _, name := range slices.Collect(maps.Keys(scrapeAnnotations)) {
			if value, has := built.deployment.Spec.Template.Annotations[name]; has {
				t.Errorf("%s is %q", name, value)
			}
		}
	})
}

// jobOfTheExample is the name that deploy/prometheus gives the job.
func jobOfTheExample(t *testing.T) string {
	t.Helper()
	var config struct {
		ScrapeConfigs []struct {
			JobName string `json:"job_name"`
		} `json:"scrape_configs"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "deploy/prometheus/scrape.example.yaml")), &config); err != nil {
		t.Fatal(err)
	}
	return config.ScrapeConfigs[0].JobName
}

func asYAML(t *testing.T, object any) string {
	t.Helper()
	text, err := yaml.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
