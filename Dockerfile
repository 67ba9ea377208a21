# The program without what builds it: docs/container.md says how to build and run this image.
# Debian 13 has a Node of the right version among its own packages, and mends it.
ARG BASE=debian:trixie-slim

# Debian's Node trusts the certificates of the system: registries are asked over https.
FROM $BASE AS node
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates nodejs \
  && rm -rf /var/lib/apt/lists/*

FROM node AS build
RUN apt-get update && apt-get install -y --no-install-recommends g++ libnode-dev make python3
# npm alone, known by its hash: Debian's would bring 400 packages.
RUN corepack enable npm && corepack prepare --activate \
  npm@11.19.1+sha512.cedb312b1b7f92421a02cfb68b4194e88f8346651dacd6acc5364a25ef5309d4a32b19616a1ff8aff865e7280c0fa5c0835a99f5cd93368991e2a80ec9da75d2
# Where the headers of this Node are: the compiled library is built here, with nothing fetched but packages of npm.
ENV npm_config_nodedir=/usr npm_config_build_from_source=true
WORKDIR /source
COPY . .
RUN make install DESTDIR=/installed DATADIR=/data

FROM node
COPY --from=build /installed/usr/local /usr/local
# Settings for the first start: a new volume begins with them. No user of the host should have this number.
RUN install -d -o 10001 -g 10001 -m 750 /data
COPY --from=build --chown=10001:10001 /installed/data/ /data/
USER 10001:10001
VOLUME /data
WORKDIR /data
# As for the service: the heap is collected before it has grown with the memory of the host.
ENV NODE_OPTIONS=--max-old-space-size=512
EXPOSE 5730
ENTRYPOINT ["domainstats"]
# At the container's own address alone the host could not reach it. The port answers private addresses only.
CMD ["run", "--data", "/data", "--http", "0.0.0.0:5730"]
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s --retries=3 \
  CMD ["domainstats", "doctor", "--live", "--data", "/data", "--http", "5730"]
