//! The flows of a sandbox, and how their last runs went:
//!
//! ```text
//! cargo run -p aep-client --example flows -- credentials.json [sandbox]
//! ```
//!
//! `credentials.json` is what the developer console exports (`Download JSON`).

use std::path::Path;

use aep_client::{Client, Console, Kind};

#[expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let file = args.next().ok_or("which file has the credentials?")?;
    let mut builder = Client::builder().console(Console::read(Path::new(&file))?);
    if let Some(sandbox) = args.next() {
        builder = builder.sandbox(sandbox);
    }
    let client = builder.build()?;

    let stats = client.schema_registry().stats().await?;
    println!(
        "{} in {}: _{}",
        client.organization(),
        client.sandbox(),
        stats.tenant_id
    );
    let service = client.flow_service();
    for flow in service.list(Kind::Flow).await? {
        println!("{} {} ({})", flow.state, flow.name, flow.id);
        for run in &service.last_runs(&flow.id, 3).await? {
            let (read, landed, refused) = run.records();
            println!(
                "  {}: {read:?} read, {landed:?} landed, {refused:?} refused",
                run.id
            );
        }
    }
    Ok(())
}
