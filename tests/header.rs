//! The committed C header: it is the generated one, and it says the same as the Rust sources.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rtm_call::codes::*;

const HEADER: &str = include_str!("../include/rtm_call.h");
const GENERATED: &str = include_str!(concat!(env!("OUT_DIR"), "/rtm_call.h"));
const TEST_HEADER: &str = include_str!("../include/rtm_call_test.h");
const TEST_GENERATED: &str = include_str!(concat!(env!("OUT_DIR"), "/rtm_call_test.h"));

#[test]
fn the_committed_headers_are_the_generated_ones() {
    assert!(HEADER == GENERATED, "./dev header writes include/rtm_call.h anew");
    assert!(TEST_HEADER == TEST_GENERATED, "./dev header writes include/rtm_call_test.h anew");
}

/// The enumerators of one type, with their numbers.
fn enumerators(c_type: &str) -> BTreeMap<&'static str, i32> {
    let start = format!("typedef enum {c_type} {{\n");
    let header = if c_type.starts_with("rtm_test_") { TEST_HEADER } else { HEADER };
    let (_, rest) = header.split_once(&start).unwrap_or_else(|| panic!("the header has no {c_type}"));
    let (body, _) = rest.split_once(&format!("\n}} {c_type};")).expect("an enumeration ends");
    let named = body.lines().filter_map(|line| line.trim().strip_suffix(',')?.split_once(" = "));
    named.map(|(name, number)| (name, number.parse().expect("enumerators have numbers"))).collect()
}

macro_rules! compare {
    ($($type:ident, $c_type:literal;)+) => {$(
        let all = $type::ALL.iter().map(|value| (value.name(), *value as i32)).collect();
        assert_eq!(enumerators($c_type), all);
        for value in $type::ALL {
            assert_eq!(Code::c_name(*value).to_str(), Ok(value.name()));
            assert_eq!(Code::c_text(*value).to_str(), Ok(value.text()));
            assert_eq!($type::from_number(*value as i32), Some(*value));
            assert!(!value.text().is_empty() && !value.text().contains('\n'));
        }
    )+};
}

#[test]
fn every_enumerator_has_the_name_and_number_that_the_library_uses() {
    compare! {
        Status, "rtm_status";
        LocalInvitationState, "rtm_local_invitation_state";
        RemoteInvitationState, "rtm_remote_invitation_state";
        LocalInvitationErr, "rtm_local_invitation_err";
        RemoteInvitationErr, "rtm_remote_invitation_err";
        EndReason, "rtm_end_reason";
        EndSide, "rtm_end_side";
        ConnectionState, "rtm_connection_state";
        ConnectionChangeReason, "rtm_connection_change_reason";
        LoginErr, "rtm_login_err";
        LogoutErr, "rtm_logout_err";
        RenewTokenErr, "rtm_renew_token_err";
        PeerOnlineState, "rtm_peer_online_state";
        PeerMessageErr, "rtm_peer_message_err";
        QueryPeersOnlineStatusErr, "rtm_query_peers_online_status_err";
        PeerSubscriptionStatusErr, "rtm_peer_subscription_status_err";
        MessageType, "rtm_message_type";
        Delivery, "rtm_delivery";
        LadderFormat, "rtm_ladder_format";
        LogLevel, "rtm_log_level";
        LogFilter, "rtm_log_filter";
        TransportLink, "rtm_transport_link";
        TestAct, "rtm_test_act";
    }
    let enumerations = [HEADER, TEST_HEADER].map(|header| header.matches("typedef enum ").count());
    assert_eq!(enumerations, [22, 1], "an enumeration is missing in this list");
}

#[test]
fn the_original_numbers_are_kept() {
    assert_eq!(Status::from_number(5).map(Status::name), Some("RTM_INVITATION_API_CALL_ERR_ALREADY_SENT"));
    assert_eq!(enumerators("rtm_local_invitation_err")["RTM_LOCAL_INVITATION_ERR_NOT_LOGGEDIN"], 4);
    assert_eq!(enumerators("rtm_peer_message_err")["RTM_PEER_MESSAGE_ERR_IMCOMPATIBLE_MESSAGE"], 8);
    assert!(Status::ALL.iter().all(|status| (0..=5).contains(&(*status as i32)) || *status as i32 >= 200));
    let both = "#define RTM_LOGIN_ERR_ALREADY_LOGIN RTM_LOGIN_ERR_ALREADY_LOGGED_IN\n";
    assert!(HEADER.contains(both) && HEADER.contains("#define RTM_OK RTM_INVITATION_API_CALL_ERR_OK\n"));
}

#[test]
fn every_border_function_is_declared_and_documented() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ffi");
    let mut count = 0;
    for file in fs::read_dir(folder).expect("src/ffi is there") {
        let path = file.expect("a folder can be read").path();
        if path.file_stem().is_some_and(|name| name.to_string_lossy().starts_with("planted")) {
            continue;
        }
        let header = if path.file_stem().is_some_and(|name| name == "test_kit") { TEST_HEADER } else { HEADER };
        let source = fs::read_to_string(&path).expect("sources are text");
        for rest in source.split("extern \"C\" fn rtm_").skip(1) {
            let name = format!("rtm_{}", rest.split('(').next().unwrap_or_default());
            let declares = |line: &str| line.starts_with("RTM_CALL_API ") && line.contains(&format!("{name}("));
            let at = header.lines().position(declares).unwrap_or_else(|| panic!("the header lacks {name}"));
            assert_eq!(header.lines().nth(at - 1), Some(" */"), "{name} has no comment");
            count += 1;
        }
    }
    let declared = [HEADER, TEST_HEADER].map(|header| header.matches("\nRTM_CALL_API ").count());
    assert_eq!(count, declared.iter().sum::<usize>(), "the headers declare what no file of src/ffi has");
}
