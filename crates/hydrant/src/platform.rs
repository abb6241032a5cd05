//! The platform's side of a command: its client, its state file, what is said about it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aep_client::Client;
use engine::Control;
use flow::{Applied, Platform, Removal, Spec, State, Step};
use report::{ExitCode, format};

use crate::failure::Failure;
use crate::printer::{self, Printer};
use crate::signals;

/// Who we are there, and what we know of what is there.
pub(crate) struct Side {
    pub(crate) client: Client,
    pub(crate) state: State,
    printer: Printer,
}

impl Side {
    pub(crate) fn open(
        platform: &Platform,
        state: &Path,
        printer: Printer,
    ) -> Result<Side, Failure> {
        let client = platform
            .client()
            .map_err(|error| Failure::new(error.to_string()))?;
        let state = State::open(state, client.organization(), client.sandbox())?;
        Ok(Side {
            client,
            state,
            printer,
        })
    }

    /// Makes the flow and waits until it can be sent to, or until the user has had enough.
    pub(crate) async fn apply(&self, spec: &Spec, control: &Control) -> Result<Applied, Failure> {
        let applied = Box::pin(self.create(spec, control)).await?;
        let wait = flow::ready::start_up(&applied, &spec.ready);
        if !wait.is_zero() {
            let text = format::duration(wait);
            self.printer.note(&format!(
                "flow {}: waiting {text} for it to start",
                spec.name
            ));
            self.unless_interrupted(spec, control, async {
                tokio::time::sleep(wait).await;
                Ok(())
            })
            .await?;
        }
        Ok(applied)
    }

    /// Makes the flow.
    pub(crate) async fn create(&self, spec: &Spec, control: &Control) -> Result<Applied, Failure> {
        if spec.ready.canary.is_some() {
            // Said, not ignored: whoever writes it relies on it.
            return Err(Failure::new("`ready.canary` is not carried out yet")
                .help("say how long a new flow takes with `ready: {start_up: 5m}` instead")
                .exit(ExitCode::Usage));
        }
        let printer = self.printer;
        let mut told = move |step: Step| tell_step(&step, printer);
        self.unless_interrupted(spec, control, async {
            let applied = Box::pin(flow::apply(&self.client, spec, &self.state, &mut told)).await?;
            flow::ready::enabled(&self.client, &applied).await?;
            Ok(applied)
        })
        .await
    }

    /// Removes what was made for the flow.
    pub(crate) async fn destroy(&self, name: &str) -> Result<(), Failure> {
        let printer = self.printer;
        let mut told = move |removal: Removal| tell_removal(&removal, printer);
        match flow::destroy(&self.client, name, &self.state, &mut told).await? {
            0 => Ok(()),
            failed => Err(Failure::new(format!(
                "{failed} objects of the flow {name} could not be removed"
            ))
            .help(format!(
                "they are noted in `{}`: `hydrant flow destroy` tries again",
                self.state.path().display()
            ))),
        }
    }

    async fn unless_interrupted<T>(
        &self,
        spec: &Spec,
        control: &Control,
        job: impl Future<Output = Result<T, flow::Error>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            done = job => Ok(done?),
            () = signals::interrupted(control) => {
                let state = self.state.path().display();
                Err(Failure::new(format!("interrupted before the flow {} was ready", spec.name))
                    .help(format!("what was made so far is noted in `{state}`: the next run goes on from there, \
                                   `hydrant flow destroy` removes it"))
                    .exit(ExitCode::Interrupted))
            }
        }
    }
}

/// Where the state file is, if nobody says.
pub(crate) fn state_path(scenario: &Path) -> PathBuf {
    scenario.with_extension("hydrant-state.json")
}

fn tell_step(step: &Step, printer: Printer) {
    match step {
        Step::Found(object) => {
            printer.note(&format!(
                "  there     {} {} ({})",
                object.kind.words(),
                object.name,
                object.id
            ));
        }
        Step::Created(object) => {
            printer.note(&format!(
                "  created   {} {} ({})",
                object.kind.words(),
                object.name,
                object.id
            ));
        }
        Step::Vanished(kind) => printer::warning(
            &format!("the {} that was made earlier is gone", kind.words()),
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
        Removal::Irremovable(object) => ("stays", object),
        Removal::Failed(_, error) => return printer::error(&error.to_string(), error.help()),
    };
    printer.note(&format!(
        "  {word:<9} {} {} ({})",
        object.kind.words(),
        object.name,
        object.id
    ));
}

/// Waits no longer than this between two words on how many records have landed.
pub(crate) const TELL_EVERY: Duration = Duration::from_secs(5);
