//! What became of the records of each version of their schema.

use measure::VersionFate;
use records::Template;

use super::ordinals::Ordinals;

/// The fates of the acknowledged ones, by version; empty if there is one only.
pub(super) fn fates(
    template: &Template,
    acknowledged: &Ordinals,
    found: &Ordinals,
    refused: &Ordinals,
) -> Vec<VersionFate> {
    let starts = template.version_starts();
    let ends = starts.iter().skip(1).copied().chain([u64::MAX]);
    let fates = starts.iter().zip(ends).map(|(from, end)| VersionFate {
        from: *from,
        expected: acknowledged.common_within(acknowledged, *from, end),
        found: acknowledged.common_within(found, *from, end),
        refused: acknowledged.common_within(refused, *from, end),
    });
    fates.collect()
}
