//! The contract of the platform, held by somebody who is neither its client nor its stand-in: every
//! request that is made and every answer that is given is compared with descriptions that stand as
//! data beside this file, in `calls/` and `shapes.json`.

mod checker;
mod exchange;
mod guest;
mod language;
mod mutations;
mod proxy;
mod runs;
mod tour;
mod tutorial;
mod values;

use std::sync::OnceLock;

use checker::Contract;
use exchange::Exchange;

fn contract() -> &'static Contract {
    static CONTRACT: OnceLock<Contract> = OnceLock::new();
    CONTRACT.get_or_init(Contract::read)
}

/// Fails with everything that is wrong with any of them.
fn assert_kept(exchanges: &[Exchange]) {
    let wrong: Vec<_> = exchanges
        .iter()
        .flat_map(|exchange| contract().violations(exchange))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
