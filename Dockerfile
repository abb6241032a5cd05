# syntax=docker/dockerfile:1
# Built from this repository alone: docker build -t hydrant .
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --profile dist --bin hydrant \
    && strip --output-file /hydrant target/dist/hydrant \
    && mkdir /runs

# libc, libgcc and the certificate authorities; no shell, no package manager, not root.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /hydrant /usr/local/bin/hydrant
COPY scenarios /home/nonroot/scenarios
COPY --from=build --chown=nonroot:nonroot /runs /home/nonroot/runs
WORKDIR /home/nonroot
# Results of a run: mount a volume here to keep them.
VOLUME /home/nonroot/runs
ENTRYPOINT ["/usr/local/bin/hydrant"]
CMD ["--help"]
