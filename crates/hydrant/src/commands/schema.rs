//! `hydrant schema`: the JSON Schemas of what Hydrant reads and writes.

use report::ExitCode;

use crate::cli::{SchemaArgs, SchemaOf};
use crate::failure::Failure;
use crate::printer;

pub(crate) fn schema(args: SchemaArgs) -> Result<ExitCode, Failure> {
    let schema = match args.of {
        SchemaOf::Scenario => scenario::schema(),
        SchemaOf::Summary => report::summary_schema(),
    };
    printer::result(&format!("{schema:#}"))?;
    Ok(ExitCode::Fine)
}
