# The command `cnn` as an image:
#   pip wheel --no-deps --wheel-dir dist .
#   docker build --tag cnncli .
#   docker run --rm --volume "$PWD:/work" --user "$(id -u):$(id -g)" cnncli shapes configs
# The workflow of a release builds, runs and weighs it. `make dist` runs these commands without
# Docker, in an empty environment.
FROM python:3.13-slim
RUN useradd --uid 1000 --create-home --home-dir /work cnn
WORKDIR /dist
COPY dist/*.whl ./
RUN pip install --no-cache-dir "$(echo *.whl)[images]"
USER cnn
# for any --user: data sets that are fetched are kept in the folder that is mounted here
ENV HOME=/work
WORKDIR /work
ENTRYPOINT ["cnn"]
CMD ["--help"]
