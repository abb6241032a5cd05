use super::*;

fn object(kind: Kind) -> Object {
    Object {
        kind,
        name: "n".to_owned(),
        id: "1".to_owned(),
        origin: Origin::Created,
    }
}

#[test]
fn what_was_written_is_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.hydrant-state.json");
    let state = State::open(&path, "o@AdobeOrg", "prod").unwrap();
    state.intend("f", Kind::Schema).unwrap();
    assert_eq!(
        State::look(&path, "o@AdobeOrg", "prod")
            .unwrap()
            .flow("f")
            .pending,
        [Kind::Schema]
    );
    state.replace("f", object(Kind::Schema)).unwrap();
    let again = State::look(&path, "o@AdobeOrg", "prod").unwrap().flow("f");
    assert_eq!(
        (again.objects, again.pending),
        (vec![object(Kind::Schema)], vec![])
    );
    state.remove("f", Kind::Schema).unwrap();
    state.clean_up();
    assert!(!path.exists());
}

#[test]
fn a_file_in_use_says_who_has_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.json");
    let held = State::open(&path, "o@AdobeOrg", "prod").unwrap();
    let error = State::open(&path, "o@AdobeOrg", "prod").unwrap_err();
    let process = format!("is in use: process {}", std::process::id());
    assert!(error.to_string().contains(&process), "{error}");
    // It may be looked at.
    State::look(&path, "o@AdobeOrg", "prod").unwrap();
    drop(held);
    State::open(&path, "o@AdobeOrg", "prod").unwrap();
}

#[test]
fn what_is_replaced_is_not_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.json");
    let state = State::open(&path, "o@AdobeOrg", "prod").unwrap();
    state.replace("f", object(Kind::MappingSet)).unwrap();
    let new = Object {
        id: "2".to_owned(),
        ..object(Kind::MappingSet)
    };
    state.replace("f", new.clone()).unwrap();
    let flow = state.flow("f");
    assert_eq!(flow.objects, [new]);
    assert_eq!(flow.retired, [object(Kind::MappingSet)]);
    state.bury("f", "1").unwrap();
    assert!(state.flow("f").retired.is_empty());
}

#[test]
fn somebody_elses_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.json");
    State::open(&path, "o@AdobeOrg", "prod")
        .unwrap()
        .touch()
        .unwrap();
    let error = State::open(&path, "o@AdobeOrg", "dev").unwrap_err();
    assert!(error.to_string().contains("o@AdobeOrg / prod"), "{error}");
    fs::write(&path, "{").unwrap();
    assert!(State::open(&path, "o@AdobeOrg", "prod").is_err());
}

#[test]
fn a_place_that_can_not_be_written_to_is_said() {
    let path = Path::new("/proc/hydrant/state.json");
    let error = State::open(path, "o", "s").unwrap_err();
    assert!(error.help().unwrap().contains("--state"), "{error}");
}

#[test]
fn a_device_is_no_state_file_and_stays_what_it_is() {
    let error = State::look(Path::new("/dev/zero"), "o", "s").unwrap_err();
    assert!(error.to_string().contains("it is no state file"), "{error}");
    assert!(error.help().unwrap().contains("--state"), "{error}");
}

#[test]
fn a_link_is_followed_and_an_empty_file_is_a_new_one() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::write(at("file.json"), "").unwrap();
    std::os::unix::fs::symlink("file.json", at("link.json")).unwrap();
    let state = State::open(&at("link.json"), "o@AdobeOrg", "prod").unwrap();
    // The other name of the same file has the same lock.
    let held = State::open(&at("file.json"), "o@AdobeOrg", "prod");
    assert!(matches!(held, Err(Error::Locked { .. })));
    state.replace("f", object(Kind::Schema)).unwrap();
    drop(state);
    assert!(fs::symlink_metadata(at("link.json")).unwrap().is_symlink());
    let again = State::look(&at("file.json"), "o@AdobeOrg", "prod").unwrap();
    assert_eq!(again.flow("f").objects, [object(Kind::Schema)]);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
}

#[test]
fn a_file_from_before_pointers_were_noted_knows_the_set_that_was_made() {
    let to = |id: &str, version| Pointer {
        id: id.to_owned(),
        version,
    };
    let mut state = FlowState::default();
    assert!(!state.has_pointed(&to("1", 0)));
    state.take_in(object(Kind::MappingSet));
    assert!(state.has_pointed(&to("1", 0)) && state.has_pointed(&to("1", 2)));
    assert!(!state.has_pointed(&to("2", 0)));
    state.pointed = vec![to("1", 2)];
    assert!(!state.has_pointed(&to("1", 0)) && state.has_pointed(&to("1", 2)));
    let mut adopted = FlowState::default();
    adopted.take_in(Object {
        origin: Origin::Adopted,
        ..object(Kind::MappingSet)
    });
    assert!(!adopted.has_pointed(&to("1", 0)));
}
