//! A cluster of three brokers, one of which is killed in mid-call. `./dev test --cluster` builds rmqttd and runs this.

use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rtm_call::codes::ConnectionState as State;
use rtm_call::service::Config;

use super::broker::{Folder, free_port};
use super::faults::link;
use super::mqtt::Client;
use super::oracle;
use super::party::{Party, id};
use super::proxy::Proxy;
use super::story::Kind;

/// How long the nodes may take to find each other and elect a leader.
const ELECTION: Duration = Duration::from_secs(60);

struct Cluster {
    folder: Folder,
    program: String,
    nodes: Vec<Node>,
}

struct Node {
    /// For MQTT, for messages between nodes, and for Raft.
    ports: [u16; 3],
    process: Option<Child>,
}

impl Cluster {
    fn start(program: &str) -> Cluster {
        let nodes = (0..3).map(|_| Node { ports: [free_port(), free_port(), free_port()], process: None }).collect();
        let mut cluster = Cluster { folder: Folder::new("cluster"), program: program.into(), nodes };
        let began = Instant::now();
        for number in 0..3 {
            cluster.start_node(number);
            // One after the other: nodes that find nobody found a cluster each.
            while TcpStream::connect(cluster.address(number)).is_err() {
                assert!(began.elapsed() < ELECTION, "node {} does not start", number + 1);
                thread::park_timeout(Duration::from_millis(50));
            }
        }
        while !cluster.crosses() {
            assert!(
                began.elapsed() < ELECTION,
                "messages do not cross the nodes; their logs are in {}",
                cluster.folder.0.display()
            );
        }
        cluster
    }

    fn start_node(&mut self, number: usize) {
        let id = number + 1;
        let path = self.folder.0.join(id.to_string());
        std::fs::create_dir_all(path.join("plugins")).expect("the folder is ours");
        let list = |which: usize| {
            let each = self.nodes.iter().enumerate();
            each.map(|(n, node)| format!("\"{}@127.0.0.1:{}\"", n + 1, node.ports[which]))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let [mqtt, rpc, raft] = self.nodes[number].ports;
        let server = format!(
            "node.id = {id}\nrpc.server_addr = \"127.0.0.1:{rpc}\"\nlog.to = \"console\"\nlog.level = \"info\"\n\
             plugins.dir = \"./plugins/\"\nplugins.default_startups = [\"rmqtt-retainer\", \"rmqtt-cluster-raft\"]\n\
             plugins.disabled_default_startups = [\"rmqtt-http-api\", \"rmqtt-acl\", \"rmqtt-counter\"]\n\
             listener.tcp.external.addr = \"127.0.0.1:{mqtt}\"\nlistener.tcp.external.allow_anonymous = true\n\
             listener.tcp.external.max_inflight = 100\n"
        );
        let cluster = format!(
            "laddr = \"127.0.0.1:{raft}\"\nleader_id = 1\nnode_grpc_addrs = [{}]\nraft_peer_addrs = [{}]\n",
            list(1),
            list(2)
        );
        for (name, text) in [
            ("rmqtt.toml", server),
            ("plugins/rmqtt-cluster-raft.toml", cluster),
            ("plugins/rmqtt-retainer.toml", "storage.type = \"ram\"\n".into()),
        ] {
            self.folder.write(&format!("{id}/{name}"), &text);
        }
        let log = File::create(path.join("log")).expect("the folder is ours");
        let process = Command::new(&self.program)
            .args(["-f", "rmqtt.toml"])
            .current_dir(&path)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file can be shared"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|e| panic!("{} cannot be run: {e}", self.program));
        self.nodes[number].process = Some(process);
    }

    fn address(&self, number: usize) -> SocketAddr {
        ([127, 0, 0, 1], self.nodes[number].ports[0]).into()
    }

    /// Whether a message goes from each node to each other.
    fn crosses(&self) -> bool {
        let names = ["probe-1", "probe-2", "probe-3"];
        let clients: Option<Vec<Client>> = (0..3).map(|n| Client::try_connect(self.address(n), names[n])).collect();
        let Some(mut clients) = clients else {
            thread::park_timeout(Duration::from_millis(100));
            return false;
        };
        for (client, name) in clients.iter_mut().zip(names) {
            client.subscribe(&format!("probe/{name}/+"));
        }
        for from in 0..3 {
            for to in (0..3).filter(|to| *to != from) {
                let sent = clients[from].publish(&format!("probe/{}/{}", names[to], names[from]), b"probe");
                if sent.is_err() || clients[to].next(Duration::from_secs(2)).is_none() {
                    return false;
                }
            }
        }
        true
    }

    /// With SIGKILL, as when its machine loses power.
    fn kill(&mut self, number: usize) {
        if let Some(mut process) = self.nodes[number].process.take() {
            process.kill().expect("it is our child");
            process.wait().expect("it is our child");
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        (0..self.nodes.len()).for_each(|number| self.kill(number));
    }
}

/// When the node is killed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Moment {
    BeforeTheAccept,
    AfterTheAccept,
}

/// Whose node is killed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Whose {
    Caller,
    Callee,
    Nobody,
}

#[test]
#[ignore = "needs rmqttd: ./dev test --cluster"]
fn a_node_is_killed_in_mid_call() {
    let program = std::env::var("RTM_CALL_RMQTTD").expect("./dev test --cluster sets RTM_CALL_RMQTTD to the program");
    println!("\ncluster of three, caller and callee on different nodes, one node killed");
    for whose in [Whose::Caller, Whose::Callee, Whose::Nobody] {
        for moment in [Moment::BeforeTheAccept, Moment::AfterTheAccept] {
            one(&program, whose, moment);
        }
    }
}

fn one(program: &str, whose: Whose, moment: Moment) {
    let mut cluster = Cluster::start(program);
    // What stands before a cluster, and sends a client to a node that is there.
    let (to_alice, to_bob) = (Proxy::new(cluster.address(0)), Proxy::new(cluster.address(1)));
    let party = |user: &str, proxy: &Proxy| {
        let config = Config { url: Some(proxy.url()), grace: Duration::from_secs(20), ..Config::default() };
        Party::logged_in(&config, "cluster", user)
    };
    let (alice, bob) = (party("alice", &to_alice), party("bob", &to_bob));
    let call = id(&alice.calls("bob", "across nodes"));
    let remote = bob.rings(call);
    alice.comes(call, Kind::LocalReceived);
    let marks = [alice.story.mark(), bob.story.mark()];

    let (dead, proxy) = match whose {
        Whose::Caller => (0, Some((&to_alice, &alice, marks[0]))),
        Whose::Callee => (1, Some((&to_bob, &bob, marks[1]))),
        Whose::Nobody => (2, None),
    };
    if moment == Moment::AfterTheAccept {
        bob.accepts(&remote, "yes");
    }
    cluster.kill(dead);
    let began = Instant::now();
    if let Some((proxy, party, mark)) = proxy {
        proxy.point_to(cluster.address(2));
        link(party, mark, State::Reconnecting);
    }
    if moment == Moment::BeforeTheAccept {
        bob.accepts(&remote, "yes");
    }
    let (here, there) = (alice.ends(call, true), bob.ends(call, false));
    let over = began.elapsed();
    let back = proxy.map(|(_, party, mark)| link(party, mark, State::Connected).saturating_duration_since(began));
    oracle::check(&[&alice, &bob], true);

    // The next call goes through, and nothing of the first rings in it.
    bob.always_accepts("and on");
    let next = id(&alice.calls("bob", ""));
    assert_eq!(alice.ends(next, true).kind, Kind::LocalAccepted);
    bob.ends(next, false);
    assert_eq!(oracle::check(&[&alice, &bob], true), 2);
    println!(
        "node of {:6} killed {:16}: caller {:?}, callee {:?} ({:?}); link back {}; call over {:.2} s",
        format!("{whose:?}").to_lowercase(),
        if moment == Moment::AfterTheAccept { "after the accept" } else { "before the accept" },
        here.kind,
        there.kind,
        there.reason,
        back.map_or("-".into(), |back| format!("{:.2} s", back.as_secs_f64())),
        over.as_secs_f64(),
    );
}
