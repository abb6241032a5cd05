//! Streams, topics and subscriptions that `create: true` asks for: made before a run, noted with its flow
//! and removed with it.

use flow::State;
use producers::{DestinationOptions, Error};

use crate::failure::Failure;
use crate::printer::Printer;

/// What was made for one stream of the scenario.
#[derive(Debug)]
pub(crate) struct Made {
    options: DestinationOptions,
    /// Full names, as the service has them.
    names: Vec<String>,
}

/// Makes what is missing, if the destination says so. What was there already is not ours.
pub(crate) async fn make(
    options: &DestinationOptions,
    printer: Printer,
) -> Result<Option<Made>, Error> {
    let mut names = Vec::new();
    if let Some(pubsub) = options
        .pubsub
        .as_ref()
        .filter(|pubsub| pubsub.create == Some(true))
    {
        names = pubsub.create().await?;
    }
    if let Some(kinesis) = &options.kinesis
        && kinesis.create().await?
    {
        names.extend(kinesis.name().map(str::to_owned));
    }
    for name in &names {
        printer.note(&format!("  created   {name}"));
    }
    Ok((!names.is_empty()).then(|| Made {
        options: options.clone(),
        names,
    }))
}

/// The same for a flow, noted in the state. What an earlier command has made for it counts as made.
pub(crate) async fn make_for(
    flow: &str,
    options: &DestinationOptions,
    state: &State,
    printer: Printer,
) -> Result<Option<Made>, Failure> {
    if let Some(made) = make(options, printer).await? {
        state.made(flow, &made.names)?;
    }
    Ok(noted(flow, options, state))
}

/// What is noted as made for a flow.
pub(crate) fn noted(flow: &str, options: &DestinationOptions, state: &State) -> Option<Made> {
    let names = state.flow(flow).streams;
    (!names.is_empty()).then(|| Made {
        options: options.clone(),
        names,
    })
}

impl Made {
    /// Removes what was made for a flow, and what is noted of it.
    pub(crate) async fn remove_for(
        &self,
        flow: &str,
        state: &State,
        printer: Printer,
    ) -> Result<(), Failure> {
        self.remove(printer).await?;
        state.unmade(flow)?;
        state.clean_up();
        Ok(())
    }

    /// Removes it again.
    pub(crate) async fn remove(&self, printer: Printer) -> Result<(), Error> {
        if let Some(pubsub) = &self.options.pubsub {
            pubsub.remove(&self.names).await?;
        }
        if let Some(kinesis) = &self.options.kinesis {
            kinesis.remove().await?;
        }
        for name in &self.names {
            printer.note(&format!("  removed   {name}"));
        }
        Ok(())
    }
}
