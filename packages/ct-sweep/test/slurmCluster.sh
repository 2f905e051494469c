#!/bin/bash
# slurmCluster.sh start|stop DIR: a SLURM of one node in DIR, as root, on loopback; no file of the system is touched.
# `start` prints the line that sets SLURM_CONF. DIR is absolute, root's own, and in no folder that others write to.
set -eu
command=$1 dir=$2 host=$(hostname -s)
export SLURM_CONF=$dir/slurm.conf PATH=$PATH:/usr/sbin
case $command in
start)
  mkdir -p "$dir"/{state,spool,munge}
  chmod 755 "$dir"
  chmod 700 "$dir/state"
  [ -s "$dir/munge/key" ] || (umask 077; head -c 128 /dev/urandom >"$dir/munge/key")
  cpus=${CPUS:-3} memory=$(awk '/MemTotal/{print int($2/1024*0.9)}' /proc/meminfo)
  cat >"$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$PORT_A
SlurmdPort=$PORT_B
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket,cred_expire=10
CredType=cred/munge
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_interval=2,bf_interval=2
SlurmdParameters=config_overrides
JobRequeue=1
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
ReturnToService=2
KillWait=5
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$memory State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=1:00:00 State=UP DefMemPerCPU=$((memory / cpus))
CONF
  munged --force --key-file="$dir/munge/key" --socket="$dir/munge/socket" --pid-file="$dir/munge/pid" \
    --log-file="$dir/munge/log" --seed-file="$dir/munge/seed" >&2
  slurmctld >&2
  slurmd >&2
  for _ in $(seq 100); do
    [ "$(sinfo -h -o %T 2>/dev/null)" = idle ] && break
    sleep 0.2
  done
  [ "$(sinfo -h -o %T)" = idle ] || { tail -20 "$dir"/*.log >&2; exit 1; }
  ;;
stop)
  scancel --quiet --user=root 2>/dev/null || true
  for pid in slurmd.pid slurmctld.pid munge/pid; do
    [ -s "$dir/$pid" ] || continue
    kill "$(cat "$dir/$pid")" 2>/dev/null || true
  done
  for _ in $(seq 50); do
    running=0
    for pid in slurmd.pid slurmctld.pid munge/pid; do
      [ -s "$dir/$pid" ] && kill -0 "$(cat "$dir/$pid")" 2>/dev/null && running=1
    done
    [ $running = 0 ] && break
    sleep 0.2
  done
  ;;
esac
