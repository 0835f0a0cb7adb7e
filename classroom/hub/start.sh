#!/bin/sh
# Runs as the learner, before each start of the learner's server. $1 is the course's folder, $2 the limit in
# MB for each notebook, the rest is the server's own command.
course=$1 limit=$2
shift 2
umask 077
cd "$HOME" || exit 1

# The first time a copy; later what the course has changed. Where both changed a line, the learner's stays.
GIT_CONFIG_GLOBAL=$course/classroom/hub/gitconfig "$course/.venv-hub/bin/gitpuller" \
  "file://$course" "$(git -c safe.directory="$course" -C "$course" branch --show-current)" course >update.log 2>&1 ||
  echo "The course could not be updated; the copy of last time is used. See $HOME/update.log" >&2
[ -d course/notebooks ] || { cat update.log >&2; exit 1; }

export KERAS_HOME="$HOME/keras"
export JUPYTER_RUNTIME_DIR="$HOME/.run" # short: a socket's path has at most 107 letters
# Of each process: a notebook that wants more gets a MemoryError or is ended, its neighbours go on.
[ "$limit" = 0 ] || ulimit -d $((limit * 1024))
exec "$@"
