# onshi-mock as an image: one static binary under three names, nothing else.
#
#   docker build -t onshi-mock .
#   docker run --rm -p 127.0.0.1:8443:8443 -p 127.0.0.1:8444:8444 -p 127.0.0.1:8080:8080 onshi-mock
#
# It runs without arguments, without a network, with a read-only root and as any user.
# Behind a proxy that signs with a CA of its own: --build-arg CARGO_HTTP_CAINFO=<bundle>, a file in your BUILD_IMAGE, or
# one that podman and buildah mount into the build with --volume.

ARG BUILD_IMAGE=rust:1.95-bookworm

# The manifests with empty sources: they change only when a dependency does, whatever happens to the code.
FROM ${BUILD_IMAGE} AS manifests
WORKDIR /src
COPY . .
RUN find . -type l -delete \
    && find . -type f -not -name 'Cargo.*' -not -path './.cargo/*' \
        -not -path '*/src/lib.rs' -not -path '*/src/main.rs' -not -name build.rs -delete \
    && find . -name '*.rs' -exec sh -c 'echo "#![allow(warnings)] fn main() { }" | tee "$@" >/dev/null' sh {} + \
    && find . -type d -empty -delete \
    && find . -exec touch --date=@0 {} +

# All dependencies, OpenSSL's C sources included: minutes that a change of the code does not cost again.
FROM ${BUILD_IMAGE} AS dependencies
ARG CARGO_HTTP_CAINFO
# Naming a target, even the own one, keeps flags for the program away from procedural macros, which cannot be linked
# statically. The image is built once and pulled often: here the size is worth the longer build.
ENV CARGO_BUILD_TARGET=host-tuple \
    CARGO_PROFILE_RELEASE_LTO=fat \
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 \
    CARGO_PROFILE_RELEASE_STRIP=symbols
WORKDIR /src
COPY --from=manifests /src .
# OpenSSL by itself: built under the flags below it would be one without threads, whose data threads then destroy.
RUN cargo build --release --locked --package openssl-sys \
    && mv target/*/release/build/openssl-sys-*/out/openssl-build/install /openssl \
    && grep -q 'define OPENSSL_THREADS' /openssl/include/openssl/configuration.h \
    && rm -r target
# glibc inside the binary.
ENV RUSTFLAGS="-C target-feature=+crt-static" \
    OPENSSL_NO_VENDOR=1 \
    OPENSSL_DIR=/openssl
RUN cargo build --release --locked --package onshi-mock

FROM dependencies AS build
COPY . .
# cargo goes by time: the sources must be newer than what was built of the empty ones.
RUN find . -path ./target -prune -o -name '*.rs' -exec touch {} + \
    && cargo build --release --locked --package onshi-mock \
    && install -D --target-directory=/image target/*/release/onshi-mock \
    && ln -s onshi-mock /image/onshi-terminal \
    && ln -s onshi-mock /image/onshi-line

# Mount points. Empty, and writable for everybody as /tmp is everywhere: a new volume takes over owner and mode, and
# `docker run --user` may name any user. The data and keys in them get modes of their own.
RUN install --directory --mode=1777 /mounts/data /mounts/OQS /mounts/scenarios /mounts/tmp

FROM scratch
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="onshi-mock" \
      org.opencontainers.image.description="The online qualification confirmation system (オンライン資格確認等システム) in one process, for tests; synthetic people only" \
      org.opencontainers.image.licenses="Apache-2.0 OR MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

COPY --from=build --chown=65534:65534 /mounts/ /
COPY --from=build /image/ /

# In a container "all addresses" means those that `docker run -p` opens: publish on 127.0.0.1 only. The admin port then
# needs no token; set ONSHI_ADMIN_TOKEN where others can reach it. Under the name `onshi-mock` other containers find it.
ENV ONSHI_SERVICE_ADDRESS=0.0.0.0 \
    ONSHI_ADMIN_ADDRESS=0.0.0.0 \
    ONSHI_ADMIN_TOKEN=none \
    ONSHI_ADMIN_HOST=onshi-mock \
    ONSHI_SAN=onshi-mock \
    ONSHI_DATA=/data \
    ONSHI_EXCHANGE=/OQS \
    ONSHI_SCENARIOS=/scenarios

USER 65534:65534
VOLUME ["/data", "/OQS", "/scenarios"]
# Service over the registered line, over an unregistered line; admin port.
EXPOSE 8443 8444 8080
# Ready within a second; a short interval, since pipelines wait for "healthy". One check costs a few milliseconds.
HEALTHCHECK --interval=2s --timeout=3s --start-period=10s --retries=5 CMD ["/onshi-mock", "readyz"]
ENTRYPOINT ["/onshi-mock"]
