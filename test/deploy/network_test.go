package deploy

import (
	"slices"
	"testing"

	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

func TestPolicyIsForTheApp(t *testing.T) {
	eachOverlay(t, func(t *testing.T, built objects) {
		selector, err := meta.LabelSelectorAsSelector(&built.policy.Spec.PodSelector)
		if err != nil {
			t.Fatal(err)
		}
		if !selector.Matches(labels.Set(built.deployment.Spec.Template.Labels)) || selector.Empty() {
			t.Errorf("%s does not select the app", selector)
		}
	})
}

func TestPolicyClosesBothWays(t *testing.T) {
	eachOverlay(t, func(t *testing.T, built objects) {
		types := built.policy.Spec.PolicyTypes
		for _, direction := range []networking.PolicyType{networking.PolicyTypeIngress, networking.PolicyTypeEgress} {
			if !slices.Contains(types, direction) {
				t.Errorf("%s is open", direction)
			}
		}
		for _, rule := range built.policy.Spec.Egress {
			if len(rule.To) == 0 || len(rule.Ports) == 0 {
				t.Error("a rule allows every address or every port")
			}
		}
	})
}

func TestPolicyLetsOutWhatIsNeeded(t *testing.T) {
	eachOverlay(t, func(t *testing.T, built objects) {
		expectPorts(t, "names", portsTo(built.policy, namespace("kube-system")), 53, 53)
		expectPorts(t, "control plane", portsTo(built.policy, namespace("dapr-system")), 6500, 50001, 50005, 50006)
		expectPorts(t, "DingTalk", portsTo(built.policy, block("0.0.0.0/0")), 443)
		expectPorts(t, "Redis", portsTo(built.policy, app("redis")))
	})
}

func TestRedisComponentNamesAHostThatThePolicyAllows(t *testing.T) {
	built := buildWithRedis(t)

	expectPorts(t, "Redis", portsTo(built.policy, app("redis")), 6379)
	items := built.component.Spec.Metadata
	if last := items[len(items)-1]; last.Name != "redisHost" || last.Value.String() != "redis:6379" {
		t.Errorf("the component is told %s", last.Name)
	}
}

func TestCallbacksComeInByTheirPortAlone(t *testing.T) {
	eachOverlayWith(t, []string{"callback"}, func(t *testing.T, built objects) {
		expectPorts(t, "ingress controller", portsFrom(built.policy, namespace("ingress-nginx")), 8088)
		expectRules(t, built.policy, 1)
	})
}

func TestPrometheusComesInByItsPortAlone(t *testing.T) {
	eachOverlayWith(t, []string{"metrics"}, func(t *testing.T, built objects) {
		expectPorts(t, "Prometheus", portsFrom(built.policy, namespace("monitoring")), 9464)
		expectPorts(t, "Prometheus", portsFrom(built.policy, app("prometheus")), 9464)
		expectRules(t, built.policy, 1)
	})
}

// The hosts of the stream are public and take port 443, as the robots do.
func TestStreamGoesOutAndNothingComesIn(t *testing.T) {
	eachOverlayWith(t, []string{"stream"}, func(t *testing.T, built objects) {
		expectPorts(t, "DingTalk", portsTo(built.policy, block("0.0.0.0/0")), 443)
		expectRules(t, built.policy, 0)
	})
}

func TestSandboxIsReachedByTheAppAlone(t *testing.T) {
	eachOverlayWith(t, []string{"sandbox"}, func(t *testing.T, built objects) {
		sandbox := other[*networking.NetworkPolicy](t, built, "NetworkPolicy/dingtalk-sandbox")
		expectPorts(t, "to the sandbox", portsTo(built.policy, app("dingtalk-sandbox")), 4050)
		expectPorts(t, "from the app", portsFrom(sandbox, app("app")), 4050)
		expectRules(t, sandbox, 1)
		if len(sandbox.Spec.PolicyTypes) != 2 || len(sandbox.Spec.Egress) > 0 {
			t.Error("the sandbox may connect to others")
		}
	})
}

func expectRules(t *testing.T, policy *networking.NetworkPolicy, expected int) {
	t.Helper()
	if actual := len(policy.Spec.Ingress); actual != expected {
		t.Errorf("%s has %d rules for what comes in, expected %d", policy.Name, actual, expected)
	}
}

func buildWithRedis(t *testing.T) objects {
	t.Helper()
	return buildWith(t, inPod, "components:", "- DEPLOY/components/redis")
}

type peerTest = func(networking.NetworkPolicyPeer) bool

func namespace(name string) peerTest {
	return func(peer networking.NetworkPolicyPeer) bool {
		return peer.NamespaceSelector != nil &&
			peer.NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"] == name
	}
}

func app(name string) peerTest {
	return func(peer networking.NetworkPolicyPeer) bool {
		return peer.PodSelector != nil && peer.PodSelector.MatchLabels["app.kubernetes.io/name"] == name
	}
}

func block(cidr string) peerTest {
	return func(peer networking.NetworkPolicyPeer) bool {
		return peer.IPBlock != nil && peer.IPBlock.CIDR == cidr &&
			slices.Contains(peer.IPBlock.Except, "10.0.0.0/8")
	}
}

func portsTo(policy *networking.NetworkPolicy, matches peerTest) []int {
	var ports []int
	for _, rule := range policy.Spec.Egress {
		if slices.ContainsFunc(rule.To, matches) {
			ports = append(ports, numbersOf(rule.Ports)...)
		}
	}
	return ports
}

func portsFrom(policy *networking.NetworkPolicy, matches peerTest) []int {
	var ports []int
	for _, rule := range policy.Spec.Ingress {
		if slices.ContainsFunc(rule.From, matches) {
			ports = append(ports, numbersOf(rule.Ports)...)
		}
	}
	return ports
}

func numbersOf(ports []networking.NetworkPolicyPort) []int {
	var numbers []int
	for _, port := range ports {
		numbers = append(numbers, port.Port.IntValue())
	}
	return numbers
}

func expectPorts(t *testing.T, what string, actual []int, expected ...int) {
	t.Helper()
	if !slices.Equal(actual, expected) {
		t.Errorf("%s: ports are %v, expected %v", what, actual, expected)
	}
}
