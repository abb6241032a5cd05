//! Which answers end a run.

use super::*;

#[test]
fn only_what_can_never_get_through_ends_a_run() {
    let is_hopeless = |code| hopeless("t", &Status::new(code, "why")).is_some();
    for code in [
        Code::NotFound,
        Code::PermissionDenied,
        Code::Unauthenticated,
    ] {
        assert!(is_hopeless(code), "{code:?}");
    }
    for code in [
        Code::Unavailable,
        Code::ResourceExhausted,
        Code::InvalidArgument,
        Code::DeadlineExceeded,
    ] {
        assert!(!is_hopeless(code), "{code:?}");
    }
    let fatal = hopeless("projects/p/topics/t", &Status::not_found("gone")).unwrap();
    assert_eq!(
        fatal.message,
        "the topic `projects/p/topics/t` is not there (any more): gone"
    );
}
