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
		if !slices.ContainsFunc(rule.To, matches) {
			continue
		}
		for _, port := range rule.Ports {
			ports = append(ports, port.Port.IntValue())
		}
	}
	return ports
}

func expectPorts(t *testing.T, what string, actual []int, expected ...int) {
	t.Helper()
	if !slices.Equal(actual, expected) {
		t.Errorf("%s: ports are %v, expected %v", what, actual, expected)
	}
}
