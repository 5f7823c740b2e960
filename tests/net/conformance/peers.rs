//! Peer messages and presence.

use rtm_call::codes::{
    PeerMessageErr, PeerOnlineState as Presence, PeerSubscriptionStatusErr, QueryPeersOnlineStatusErr,
};
use rtm_call::engine::Body;

use super::{Bench, Row};
use crate::party::Party;
use crate::story::Seen;

pub const ROWS: &[Row] = &[
    ("peer messages", peer_messages),
    ("peer messages at their limit", peer_messages_at_their_limit),
    ("500 peer messages in order", peer_messages_in_order),
    ("a peer message to nobody", a_peer_message_to_nobody),
    ("who is online", who_is_online),
    ("presence as it changes", presence_as_it_changes),
];

fn sent(party: &Party, number: i64) -> PeerMessageErr {
    party.story.wait("the result of a message", |told| {
        told.iter().find_map(|entry| match entry.seen {
            Seen::Sent(n, error) if n == number => Some(error),
            _ => None,
        })
    })
}

fn messages(party: &Party, count: usize) -> Vec<(String, String, Vec<u8>)> {
    party.story.wait(&format!("{count} messages"), |told| {
        let all = told.iter().filter_map(|entry| match &entry.seen {
            Seen::Message(from, text, data) => Some((from.clone(), text.clone(), data.clone())),
            _ => None,
        });
        Some(all.collect::<Vec<_>>()).filter(|all| all.len() >= count)
    })
}

fn peer_messages(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    let text = alice.writes("bob", "hello");
    assert_eq!(sent(&alice, text), PeerMessageErr::Ok);
    let raw = alice.posts("bob", Body::Raw { data: (0..=255).collect(), text: "bytes".into() });
    assert_eq!(sent(&alice, raw), PeerMessageErr::Ok);
    let expected = [
        ("alice".to_owned(), "hello".to_owned(), Vec::new()),
        ("alice".to_owned(), "bytes".to_owned(), (0..=255).collect::<Vec<u8>>()),
    ];
    assert_eq!(messages(&bob, 2), expected);
}

fn peer_messages_at_their_limit(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    let longest = "\u{1}".repeat(32_768); // Six bytes each on the wire: as long as a message can be.
    assert_eq!(sent(&alice, alice.writes("bob", &longest)), PeerMessageErr::Ok);
    assert_eq!(messages(&bob, 1)[0].1, longest);
    let too_long = rtm_call::service::peers::Message::new(Body::Text("m".repeat(32_769).into()));
    assert!(alice.service.send_message("bob", &too_long, |_| ()).is_err());
}

fn peer_messages_in_order(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    let numbers: Vec<i64> = (0..500).map(|n| alice.writes("bob", &n.to_string())).collect();
    let texts: Vec<String> = messages(&bob, 500).into_iter().map(|(_, text, _)| text).collect();
    assert_eq!(texts, (0..500).map(|n| n.to_string()).collect::<Vec<_>>());
    for number in numbers {
        assert_eq!(sent(&alice, number), PeerMessageErr::Ok);
    }
}

fn a_peer_message_to_nobody(bench: &Bench<'_>) {
    let alice = bench.party("alice");
    assert_eq!(sent(&alice, alice.writes("nobody", "hello")), PeerMessageErr::PeerUnreachable);
}

fn who_is_online(bench: &Bench<'_>) {
    let (alice, _bob, carol) = (bench.party("alice"), bench.party("bob"), bench.party("carol"));
    carol.logout();
    let ask = || {
        let mut number = 0;
        alice.service.query_peers(&["bob", "carol", "nobody"], |n| number = n).expect("the list is valid");
        alice.story.wait("the answer", |told| {
            told.iter().find_map(|entry| match &entry.seen {
                Seen::Query(n, peers, error) if *n == number => Some((peers.clone(), *error)),
                _ => None,
            })
        })
    };
    let (peers, error) = ask();
    assert_eq!(error, QueryPeersOnlineStatusErr::Ok);
    let expected = [("bob", Presence::Online), ("carol", Presence::Offline), ("nobody", Presence::Offline)];
    assert_eq!(peers, expected.map(|(user, presence)| (user.to_owned(), presence)));
}

fn presence_as_it_changes(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.stranger("bob"));
    let mut number = 0;
    alice.service.subscribe_peers(&["bob"], |n| number = n).expect("the list is valid");
    let comes = |nth: usize, presence: Presence| {
        let seen = alice.story.wait("a change of presence", |told| {
            let mut all = told.iter().filter_map(|entry| match &entry.seen {
                Seen::Presence(user, presence) => Some((user.clone(), *presence)),
                _ => None,
            });
            all.nth(nth)
        });
        assert_eq!(seen, ("bob".to_owned(), presence));
    };
    comes(0, Presence::Offline);
    bob.login(None);
    comes(1, Presence::Online);
    bob.logout();
    comes(2, Presence::Offline);
    bob.login(None);
    comes(3, Presence::Online);
    alice.service.unsubscribe_peers(&["bob"], |_| ()).expect("the list is valid");
    let results = |told: &[crate::story::Entry]| {
        let fine =
            |entry: &&crate::story::Entry| matches!(entry.seen, Seen::Subscribed(_, PeerSubscriptionStatusErr::Ok));
        told.iter().filter(fine).count()
    };
    alice.story.wait("both results", |told| (results(told) == 2).then_some(()));
    bob.logout();
    // What comes after it shows that the logout was not reported.
    alice.service.subscribe_peers(&["bob"], |_| ()).expect("the list is valid");
    comes(4, Presence::Offline);
}
