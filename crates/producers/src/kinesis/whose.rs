//! Whose a host below AWS's domains is: of the service, or of anybody, as the name of a bucket is.

/// Where the service is, in AWS's partitions.
/// <https://docs.aws.amazon.com/general/latest/gr/ak.html>
const DOMAINS: [&str; 3] = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];

/// Whether this is a host of the service: of a region, of an account, or of a VPC endpoint.
pub(super) fn is_the_services(host: &str) -> bool {
    let before = DOMAINS.iter().find_map(|domain| host.strip_suffix(domain));
    let labels: Vec<&str> = before.unwrap_or_default().split('.').collect();
    match labels[..] {
        ["kinesis" | "kinesis-fips", region] => is_region(region),
        [_, service, region] => {
            let service = service.trim_end_matches("-fips");
            matches!(service, "data-kinesis" | "control-kinesis") && is_region(region)
        }
        [.., service, region, "vpce"] => {
            let service = service.trim_end_matches("-fips");
            matches!(service, "kinesis" | "data-kinesis" | "control-kinesis") && is_region(region)
        }
        _ => false,
    }
}

/// `eu-west-1`; `s3-eu-west-1` is none.
fn is_region(label: &str) -> bool {
    let (area, rest) = label.split_once('-').unwrap_or((label, ""));
    let is_area = area.bytes().all(|byte| byte.is_ascii_lowercase());
    is_area && rest.contains('-') && rest.ends_with(|last: char| last.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_anybody_can_have_is_not_the_services() {
        for own in [
            "kinesis.eu-west-1.amazonaws.com",
            "kinesis-fips.us-gov-west-1.amazonaws.com",
            "kinesis.cn-north-1.amazonaws.com.cn",
            "kinesis.us-east-1.api.aws",
            "111122223333.data-kinesis.us-east-1.amazonaws.com",
            "111122223333.control-kinesis-fips.us-east-1.amazonaws.com",
            "vpce-0a1b-2c3d.kinesis.us-east-1.vpce.amazonaws.com",
        ] {
            assert!(is_the_services(own), "{own}");
        }
        for other in [
            "amazonaws.com",
            "kinesis.amazonaws.com.evil.example",
            "mine.s3.amazonaws.com",
            "kinesis.s3.amazonaws.com",
            "kinesis.s3-us-west-2.amazonaws.com",
            "a.data-kinesis.s3.amazonaws.com",
            "kinesis.eu-west-1.s3.amazonaws.com",
            "mine-123.eu-west-1.elb.amazonaws.com",
            "ec2-1-2-3-4.compute-1.amazonaws.com",
        ] {
            assert!(!is_the_services(other), "{other}");
        }
    }
}
