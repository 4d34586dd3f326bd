"""Kinds outside Kubernetes' own API that change who may talk to whom, or who exists (S-12).

What they mean is not modelled: naming them keeps a verdict from passing over them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Scope(StrEnum):
    """Where an object lives."""

    NAMESPACED = "namespaced"
    CLUSTER = "cluster"
    UNKNOWN = "unknown"


_N, _C = Scope.NAMESPACED, Scope.CLUSTER

# Mesh policies (istio.io) and address translation act at another layer, but they too decide whether a
# connection comes about.
_POLICIES: Mapping[tuple[str, str], Scope] = MappingProxyType(
    {
        ("policy.networking.k8s.io", "AdminNetworkPolicy"): _C,
        ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"): _C,
        ("policy.networking.k8s.io", "ClusterNetworkPolicy"): _C,
        ("cilium.io", "CiliumNetworkPolicy"): _N,
        ("cilium.io", "CiliumClusterwideNetworkPolicy"): _C,
        ("cilium.io", "CiliumEgressGatewayPolicy"): _C,
        ("cilium.io", "CiliumLocalRedirectPolicy"): _N,
        ("crd.projectcalico.org", "NetworkPolicy"): _N,
        ("crd.projectcalico.org", "GlobalNetworkPolicy"): _C,
        ("crd.projectcalico.org", "HostEndpoint"): _C,
        ("projectcalico.org", "NetworkPolicy"): _N,
        ("projectcalico.org", "GlobalNetworkPolicy"): _C,
        ("projectcalico.org", "HostEndpoint"): _C,
        ("projectcalico.org", "Profile"): _C,
        ("crd.antrea.io", "NetworkPolicy"): _N,
        ("crd.antrea.io", "ClusterNetworkPolicy"): _C,
        ("crd.antrea.io", "TrafficControl"): _C,
        ("k8s.ovn.org", "EgressFirewall"): _N,
        ("k8s.ovn.org", "UserDefinedNetwork"): _N,
        ("k8s.ovn.org", "ClusterUserDefinedNetwork"): _C,
        ("network.openshift.io", "EgressNetworkPolicy"): _N,
        ("k8s.cni.cncf.io", "MultiNetworkPolicy"): _N,
        ("networking.k8s.aws", "ApplicationNetworkPolicy"): _N,
        ("networking.k8s.aws", "ClusterNetworkPolicy"): _C,
        ("vpcresources.k8s.aws", "SecurityGroupPolicy"): _N,
        ("crd.nsx.vmware.com", "SecurityPolicy"): _N,
        ("kubeovn.io", "SecurityGroup"): _C,
        ("kubeovn.io", "Subnet"): _C,
        ("security.istio.io", "AuthorizationPolicy"): _N,
        ("security.istio.io", "PeerAuthentication"): _N,
        ("networking.istio.io", "Sidecar"): _N,
    }
)
_WHOLE_GROUPS = frozenset(
    {
        "policy.networking.k8s.io",
        "cilium.io",
        "crd.projectcalico.org",
        "projectcalico.org",
        "crd.antrea.io",
        "k8s.ovn.org",
    }
)
_NO_EFFECT = frozenset(
    {"CiliumBGPPeeringPolicy", "CiliumL2AnnouncementPolicy", "AdminPolicyBasedExternalRoute"}
)
_POLICY_ENDINGS = ("networkpolicy", "firewall")
_WIDE = ("cluster", "global", "admin")  # a namespace that a cluster-scoped object states is dropped
_STAGED_GROUPS = frozenset({"crd.projectcalico.org", "projectcalico.org"})
_STAGED = "Staged"  # Calico only reports what such a policy would do

# A mesh applies what stands in its root namespace to every namespace.
_ROOT_NAMESPACES: Mapping[str, str] = MappingProxyType(
    {"security.istio.io": "istio-system", "networking.istio.io": "istio-system"}
)

_POD_CREATORS: frozenset[tuple[str, str]] = frozenset(
    {
        ("monitoring.coreos.com", "Prometheus"),
        ("monitoring.coreos.com", "PrometheusAgent"),
        ("monitoring.coreos.com", "Alertmanager"),
        ("monitoring.coreos.com", "ThanosRuler"),
        ("monitoring.rhobs", "Prometheus"),
        ("monitoring.rhobs", "Alertmanager"),
        ("kafka.strimzi.io", "Kafka"),
        ("kafka.strimzi.io", "KafkaNodePool"),
        ("kafka.strimzi.io", "KafkaConnect"),
        ("kafka.strimzi.io", "KafkaBridge"),
        ("kafka.strimzi.io", "KafkaMirrorMaker2"),
        ("elasticsearch.k8s.elastic.co", "Elasticsearch"),
        ("kibana.k8s.elastic.co", "Kibana"),
        ("beat.k8s.elastic.co", "Beat"),
        ("logstash.k8s.elastic.co", "Logstash"),
        ("apm.k8s.elastic.co", "ApmServer"),
        ("agent.k8s.elastic.co", "Agent"),
        ("enterprisesearch.k8s.elastic.co", "EnterpriseSearch"),
        ("opensearch.opster.io", "OpenSearchCluster"),
        ("postgres-operator.crunchydata.com", "PostgresCluster"),
        ("postgresql.cnpg.io", "Cluster"),
        ("postgresql.cnpg.io", "Pooler"),
        ("acid.zalan.do", "postgresql"),
        ("mysql.oracle.com", "InnoDBCluster"),
        ("k8s.mariadb.com", "MariaDB"),
        ("mongodbcommunity.mongodb.com", "MongoDBCommunity"),
        ("mongodb.com", "MongoDB"),
        ("psmdb.percona.com", "PerconaServerMongoDB"),
        ("pxc.percona.com", "PerconaXtraDBCluster"),
        ("cassandra.datastax.com", "CassandraDatacenter"),
        ("k8ssandra.io", "K8ssandraCluster"),
        ("rabbitmq.com", "RabbitmqCluster"),
        ("databases.spotahome.com", "RedisFailover"),
        ("redis.redis.opstreelabs.in", "Redis"),
        ("redis.redis.opstreelabs.in", "RedisCluster"),
        ("nats.io", "NatsCluster"),
        ("minio.min.io", "Tenant"),
        ("zookeeper.pravega.io", "ZookeeperCluster"),
        ("flink.apache.org", "FlinkDeployment"),
        ("sparkoperator.k8s.io", "SparkApplication"),
        ("ray.io", "RayCluster"),
        ("ray.io", "RayJob"),
        ("ray.io", "RayService"),
        ("argoproj.io", "Workflow"),
        ("argoproj.io", "CronWorkflow"),
        ("argoproj.io", "ArgoCD"),
        ("tekton.dev", "TaskRun"),
        ("tekton.dev", "PipelineRun"),
        ("batch.volcano.sh", "Job"),
        ("jobset.x-k8s.io", "JobSet"),
        ("leaderworkerset.x-k8s.io", "LeaderWorkerSet"),
        ("kubeflow.org", "TFJob"),
        ("kubeflow.org", "PyTorchJob"),
        ("kubeflow.org", "MPIJob"),
        ("keda.sh", "ScaledJob"),
        ("grafana.integreatly.org", "Grafana"),
        ("jaegertracing.io", "Jaeger"),
        ("opentelemetry.io", "OpenTelemetryCollector"),
        ("loki.grafana.com", "LokiStack"),
        ("tempo.grafana.com", "TempoStack"),
        ("k8s.keycloak.org", "Keycloak"),
        ("agones.dev", "GameServer"),
        ("agones.dev", "Fleet"),
        ("kubevirt.io", "VirtualMachine"),
        ("kubevirt.io", "VirtualMachineInstance"),
        ("ceph.rook.io", "CephCluster"),
    }
)


def policy_scope(group: str, kind: str) -> Scope | None:
    """Return where a policy of this kind lives; None: objects of this kind decide nothing about a connection.

    Within the API groups of network policy every kind that ends in `Policy` counts, unless it is known to
    enforce nothing; in any other group a kind that ends in `NetworkPolicy` or `Firewall` counts. Capitals
    do not matter.
    """
    scope = _POLICIES.get((group, kind))
    if scope is not None:
        return scope
    if kind in _NO_EFFECT or (group in _STAGED_GROUPS and kind.startswith(_STAGED)):
        return None
    lower = kind.lower()
    if lower.endswith(_POLICY_ENDINGS) or (group in _WHOLE_GROUPS and lower.endswith("policy")):
        return Scope.CLUSTER if any(word in lower for word in _WIDE) else Scope.UNKNOWN
    return None


def policy_namespace(group: str, scope: Scope, written: str | None, default: str) -> str | None:
    """Return the namespace whose pods a policy may touch; None: all pods and nodes.

    `written` is its `metadata.namespace`, `default` the namespace of objects that state none.
    """
    if scope is Scope.CLUSTER or (scope is Scope.UNKNOWN and written is None):
        return None
    namespace = default if written is None else written
    return None if _ROOT_NAMESPACES.get(group) == namespace else namespace


def creates_pods(group: str, kind: str) -> bool:
    """Return whether an operator is known to make pods from objects of this kind that nothing shows."""
    return (group, kind) in _POD_CREATORS
