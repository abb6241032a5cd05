//! The platform's side of a command: its client, its state file, what is said about it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aep_client::Client;
use engine::Control;
use flow::verify::Canaries;
use flow::{Applied, CanaryOptions, Kind, Object, Origin, Platform, Removal, Spec, State, Step};
use jiff::Timestamp;
use report::{ExitCode, format};
use scenario::ResolvedStream;
use tokio::runtime::Runtime;

use crate::canary::{self, Flight};
use crate::failure::Failure;
use crate::printer::{self, Printer};
use crate::{inlet, signals};

/// Who we are there, and what we know of what is there.
pub(crate) struct Side {
    pub(crate) client: Client,
    pub(crate) state: State,
    platform: Platform,
    printer: Printer,
}

impl Side {
    /// To change what is there: nobody else can, as long as this lives.
    pub(crate) fn open(
        platform: &Platform,
        state: &Path,
        printer: Printer,
    ) -> Result<Side, Failure> {
        Side::with(platform, printer, |client| {
            State::open(state, client.organization(), client.sandbox())
        })
    }

    /// To look at it only.
    pub(crate) fn look(
        platform: &Platform,
        state: &Path,
        printer: Printer,
    ) -> Result<Side, Failure> {
        Side::with(platform, printer, |client| {
            State::look(state, client.organization(), client.sandbox())
        })
    }

    fn with(
        platform: &Platform,
        printer: Printer,
        state: impl FnOnce(&Client) -> Result<State, flow::Error>,
    ) -> Result<Side, Failure> {
        let client = client(platform)?;
        let state = state(&client)?;
        Ok(Side {
            client,
            state,
            platform: platform.clone(),
            printer,
        })
    }

    /// Makes the flow and points the stream at it, where it goes to the flow's own inlet.
    pub(crate) fn create(
        &self,
        runtime: &Runtime,
        stream: &mut ResolvedStream,
        spec: &Spec,
        control: &Control,
    ) -> Result<Applied, Failure> {
        let printer = self.printer;
        let mut told = move |step: Step| tell_step(&step, printer);
        let applied = runtime.block_on(self.unless_interrupted(spec, control, async {
            let applied = Box::pin(flow::apply(&self.client, spec, &self.state, &mut told)).await?;
            flow::ready::enabled(&self.client, &applied).await?;
            Ok(applied)
        }))?;
        inlet::fill_in(stream, &applied, &self.platform);
        Ok(applied)
    }

    /// Puts the scenario's credentials into the flow's source, if it is there.
    pub(crate) fn rotate(
        &self,
        runtime: &Runtime,
        spec: &Spec,
        control: &Control,
    ) -> Result<(), Failure> {
        let rotating = flow::rotate(&self.client, spec, &self.state);
        match runtime.block_on(self.unless_interrupted(spec, control, rotating))? {
            Some(object) => tell_object("rotated", &object, self.printer),
            None => self.printer.note("  there are no credentials to replace"),
        }
        Ok(())
    }

    /// Waits until the flow can be sent to, or until the user has had enough.
    pub(crate) fn wait(
        &self,
        runtime: &Runtime,
        stream: &ResolvedStream,
        spec: &Spec,
        applied: &mut Applied,
        control: &Control,
    ) -> Result<(), Failure> {
        if applied.starting_since.is_none() {
            return Ok(());
        }
        let wait = flow::ready::start_up(applied, &spec.ready);
        if !wait.is_zero() {
            let text = format::duration(wait);
            self.printer.note(&format!(
                "flow {}: waiting {text} for it to start",
                spec.name
            ));
            runtime.block_on(self.unless_interrupted(spec, control, async {
                tokio::time::sleep(wait).await;
                Ok(())
            }))?;
        }
        if let Some(canary) = &spec.ready.canary {
            let since = Timestamp::now();
            applied.canaries_since.get_or_insert(since);
            self.state.canaries(&spec.name, since)?;
            let canaries = Canaries::new(&self.client, spec, applied, &stream.template, since)?;
            self.prove(runtime, stream, spec, canary, canaries, control)?;
        }
        self.state.ready(&spec.name)?;
        Ok(())
    }

    /// Sends canaries until one has landed.
    fn prove(
        &self,
        runtime: &Runtime,
        stream: &ResolvedStream,
        spec: &Spec,
        options: &CanaryOptions,
        mut canaries: Canaries<'_>,
        control: &Control,
    ) -> Result<(), Failure> {
        let (flight, began) = (Flight::default(), Instant::now());
        self.printer.note(&format!(
            "flow {}: sending canaries until one has landed, at most {}",
            spec.name,
            options.within()
        ));
        let mut said = began;
        let mut go_on = || {
            if said.elapsed() >= TELL_EVERY {
                said = Instant::now();
                self.printer.note(&format!(
                    "flow {}: {}, none has landed yet after {}",
                    spec.name,
                    sent(&flight),
                    format::duration(began.elapsed())
                ));
            }
            !flight.is_over()
        };
        let every = options.every().0;
        let first = canaries.first();
        let sending = || {
            canary::send(
                &*stream.destination,
                &stream.name,
                &stream.template,
                first,
                every,
                &flight,
            )
        };
        let (looked, sending) = std::thread::scope(|scope| {
            let sender = scope.spawn(sending);
            let looking = flow::ready::canary(&mut canaries, options.within(), &mut go_on);
            let looked = runtime.block_on(self.unless_interrupted(spec, control, looking));
            flight.end();
            let lost = || Err(producers::Error::new("the sender of canaries broke down"));
            (looked, sender.join().unwrap_or_else(|_| lost()))
        });
        // What went wrong with sending is why nothing landed.
        sending?;
        let Err(failure) = looked else {
            self.printer.note(&format!(
                "flow {}: a canary has landed after {}; {}",
                spec.name,
                format::duration(began.elapsed()),
                sent(&flight)
            ));
            return Ok(());
        };
        // What the destination does not take can't land: that is the cause, whatever the flow says.
        let cause = flight.cause().filter(|_| flight.counts().1 == 0);
        Err(match cause {
            Some(cause) if failure.code() != ExitCode::Interrupted => Failure::new(format!(
                "flow {}: {}: {cause}",
                spec.name,
                sent(&flight)
            ))
            .help(
                "nothing can land that the destination does not take: look at its state, and at what these \
                 credentials may do there",
            ),
            _ => failure.because(&sent(&flight)),
        })
    }

    /// Removes what was made for the flow `name`; without a `spec`, by what the state file says alone.
    pub(crate) async fn destroy(&self, name: &str, spec: Option<&Spec>) -> Result<(), Failure> {
        let (client, state, printer) = (&self.client, &self.state, self.printer);
        let mut told = move |removal: Removal| tell_removal(&removal, printer);
        let failed = match spec {
            Some(spec) => flow::destroy(client, spec, state, &mut told).await?,
            None => flow::destroy_noted(client, name, state, &mut told).await?,
        };
        match failed {
            0 => Ok(()),
            failed => Err(Failure::new(format!(
                "{failed} objects of the flow {name} could not be removed"
            ))
            .help(format!(
                "they are noted in `{}`: `hydrant flow destroy` tries again",
                state.path().display()
            ))),
        }
    }

    /// Says what is left of the flow, as far as is known: a removal may be under way.
    pub(crate) fn tell_left(&self, name: &str) {
        let known = self.state.flow(name);
        for object in known.objects.iter().chain(&known.retired) {
            if object.origin == Origin::Created {
                tell_object("left", object, self.printer);
            }
        }
        for stream in &known.streams {
            self.printer.note(&format!("  left      {stream}"));
        }
    }

    async fn unless_interrupted<T>(
        &self,
        spec: &Spec,
        control: &Control,
        job: impl Future<Output = Result<T, flow::Error>>,
    ) -> Result<T, Failure> {
        let words = || self.interrupted(&spec.name);
        signals::unless_interrupted(control, job, words).await
    }

    /// The user did not want to wait until the flow is there.
    pub(crate) fn interrupted(&self, flow: &str) -> Failure {
        Failure::new(format!("interrupted before the flow {flow} was ready"))
            .help(format!(
                "what was made so far is noted in `{}`: the next `hydrant flow apply` or `run` goes on from \
                 there, `hydrant flow destroy` removes it",
                self.state.path().display()
            ))
            .exit(ExitCode::Interrupted)
    }
}

/// The platform's client. That anything goes to it in the clear is told.
pub(crate) fn client(platform: &Platform) -> Result<Client, Failure> {
    let client = platform.client().map_err(|error| {
        let failure = Failure::new(error.to_string());
        match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    })?;
    for host in platform.in_clear() {
        printer::warning(
            &format!(
                "tokens and records go to `{host}` over `http://`: whoever is on the way can read them"
            ),
            None,
        );
    }
    Ok(client)
}

/// `12 canaries were sent, and the destination took 11`.
fn sent(flight: &Flight) -> String {
    let (sent, taken) = flight.counts();
    let (noun, were) = if sent == 1 {
        ("canary", "was")
    } else {
        ("canaries", "were")
    };
    format!("{sent} {noun} {were} sent, and the destination took {taken}")
}

/// Where the state file is, if nobody says.
pub(crate) fn state_path(scenario: &Path) -> PathBuf {
    scenario.with_extension("hydrant-state.json")
}

fn tell_step(step: &Step, printer: Printer) {
    match step {
        Step::Found(object) => tell_object("there", object, printer),
        Step::Created(object) => tell_object("created", object, printer),
        Step::Changed(object) => tell_object("changed", object, printer),
        Step::Profile(object) => {
            tell_object("enabled", object, printer);
            printer.note("            takes part in the profile from now on: that can't be undone");
        }
        Step::Replaced(object) => {
            printer.note(&format!(
                "  removed   the {} that it replaces ({})",
                object.kind.words(),
                object.id
            ));
        }
        Step::Differs(kind, difference) => {
            printer.note(&format!("  differs   {}: {difference}", kind.words()));
        }
        Step::Vanished(object) => printer::warning(
            &format!(
                "the {} that {} is gone",
                object.kind.words(),
                match object.origin {
                    Origin::Created => "was made earlier",
                    Origin::Adopted => "somebody else made and the flow used",
                }
            ),
            Some("it is made again"),
        ),
        Step::Remark(text) => printer::warning(text, None),
    }
}

fn tell_removal(removal: &Removal, printer: Printer) {
    let (word, object) = match removal {
        Removal::Removed(object) => ("removed", object),
        Removal::Gone(object) => ("gone", object),
        Removal::Kept(object) => ("kept", object),
        Removal::Irremovable(object, why) => {
            tell_object("stays", object, printer);
            return printer.note(&format!("            {why}"));
        }
        Removal::Failed(_, error) => return printer::error(&error.to_string(), error.help()),
        Removal::Lost(kind, error) => return tell_lost(*kind, error.as_ref()),
    };
    tell_object(word, object, printer);
}

fn tell_lost(kind: Kind, error: Option<&flow::Error>) {
    let message = format!(
        "a {} was asked for, and nobody heard the answer: it may be there",
        kind.words()
    );
    match error {
        Some(error) => printer::error(&format!("{message}; {error}"), error.help()),
        None => printer::error(
            &message,
            Some(
                "without the scenario that it was made from it can't be looked for: `hydrant flow destroy` \
                 with that one, and its variables as they were, does it",
            ),
        ),
    }
}

/// What happened to an object, in a word.
fn tell_object(word: &str, object: &Object, printer: Printer) {
    printer.note(&format!(
        "  {word:<9} {} {} ({})",
        object.kind.words(),
        object.name,
        object.id
    ));
}

/// Waits no longer than this between two words on how many records have landed.
pub(crate) const TELL_EVERY: Duration = Duration::from_secs(5);
