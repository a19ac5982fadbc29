# frozen_string_literal: true

require_relative "roots/identities"
require_relative "roots"
require_relative "target"

module Fidelity
  # What is audited and what it is compared with. A truth is what the auditor says from inside a full root; a scan is what sidescan says of
  # that root or of its stripped form, in one column of the matrix.
  module Plan
    # name; root: [family, form] or an identity's name; kind: :process or :pod; as: who the main process is; auditor: who the auditor is;
    # controls: a regular expression, or nil for all
    Truth = Struct.new(:name, :root, :kind, :as, :auditor, :controls, keyword_init: true)
    # column: of the matrix; truths: names, or a name and a pattern of controls; the later ones prevail; options: of the command line
    # twice: is audited a second time, to be compared with the first
    Scan = Struct.new(:name, :column, :root, :kind, :as, :truths, :options, :controls, :twice, keyword_init: true)

    RESOURCES = "/^(?!command: )/"
    # For families whose files are those of the first: what does not depend on the family is asked less.
    FAMILY = "/^(?!(command|file|directory): |file by class|key_rsa|x509|dh_params)/"
    # What depends on who the main process is.
    OF_USER = "/^(?!(file|directory): |file by class|file$|directory$|key_rsa|x509|dh_params|npm|pip|gem)/"
    OF_USER_RESOURCES = "/^(?!(command|file|directory): |file by class|file$|directory$|key_rsa|x509|dh_params|npm|pip|gem)/"
    # What is asked as the main process's user is.
    AS_USER = "/^(command: |bash)/"
    # Enough to see that commands run there too.
    SOME_COMMANDS = "/^(?!command: (shell|find|listing))/"
    WHAT_IT_IS = "/^(os|platform|package|packages|service|systemd_service)(: .*)?$/"
    # What is asked with programs that only one root has.
    CLIENTS = "/^(docker|podman|lxc|mysql_session|postgres|oracledb|mssql|cassandradb_session|ibmdb2|opa_cli|zfs|nginx$|nginx: |auditd|linux_audit|nftables|cgroup|firewalld|selinux|" \
              "service: |service$|systemd_service|upstart_service|runit_service|timezone|yum|cran)/"
    PACKAGES = /\Apackages?(: |\z)/
    ANY = %w[--commands any].freeze
    APP = Target::APP_USER
    USER = "65532:65532"

    TRUTHS = [
      Truth.new(name: "debian", root: %w[debian full], kind: :process),
      Truth.new(name: "debian held", root: %w[debian full], kind: :pod, controls: SOME_COMMANDS),
      Truth.new(name: "debian app", root: %w[debian full], kind: :process, as: APP, controls: OF_USER_RESOURCES),
      Truth.new(name: "debian app, as app", root: %w[debian full], kind: :process, as: APP, auditor: APP, controls: AS_USER),
      Truth.new(name: "clients", root: %w[clients full], kind: :process, controls: CLIENTS),
      Truth.new(name: "distroless", root: %w[distroless full], kind: :process, controls: FAMILY),
      Truth.new(name: "rpm", root: %w[rpm full], kind: :process, controls: FAMILY),
      Truth.new(name: "apk", root: %w[apk full], kind: :process, controls: FAMILY),
      Truth.new(name: "scratch", root: %w[scratch full], kind: :process, controls: FAMILY),
      Truth.new(name: "scratch held", root: %w[scratch full], kind: :pod, as: USER, controls: FAMILY)
    ].freeze

    SCANS = [
      Scan.new(name: "pid full any", column: "debian full", root: %w[debian full], kind: :process, truths: ["debian"], options: ANY),
      Scan.new(name: "pid full", column: "debian full", root: %w[debian full], kind: :process, truths: ["debian"]),
      Scan.new(name: "dir full", column: "debian full", root: %w[debian full], kind: :pod, truths: ["debian held"], controls: SOME_COMMANDS),
      Scan.new(name: "pid stripped", column: "debian stripped", root: %w[debian stripped], kind: :process, truths: ["debian"]),
      Scan.new(name: "dir stripped any", column: "debian stripped", root: %w[debian stripped], kind: :pod, truths: ["debian held"], options: ANY, controls: SOME_COMMANDS, twice: true),
      Scan.new(name: "pid stripped app", column: "debian stripped, user app", root: %w[debian stripped], kind: :process, as: APP, truths: ["debian app", ["debian app, as app", /\A(command: |bash)/]], controls: OF_USER),
      Scan.new(name: "pid clients any", column: "debian, clients", root: %w[clients full], kind: :process, truths: ["clients"], options: ANY, controls: CLIENTS),
      Scan.new(name: "pid clients", column: "debian, clients", root: %w[clients full], kind: :process, truths: ["clients"], controls: CLIENTS),
      Scan.new(name: "pid distroless", column: "distroless", root: %w[distroless stripped], kind: :process, truths: ["distroless"], controls: FAMILY, twice: true),
      Scan.new(name: "pid rpm full", column: "rpm full", root: %w[rpm full], kind: :process, truths: ["rpm"], controls: FAMILY),
      Scan.new(name: "pid rpm stripped", column: "rpm stripped", root: %w[rpm stripped], kind: :process, truths: ["rpm"], controls: FAMILY, twice: true),
      Scan.new(name: "pid apk full", column: "apk full", root: %w[apk full], kind: :process, truths: ["apk"], controls: FAMILY),
      Scan.new(name: "pid apk stripped", column: "apk stripped", root: %w[apk stripped], kind: :process, truths: ["apk"], controls: FAMILY, twice: true),
      Scan.new(name: "pid scratch", column: "scratch", root: %w[scratch stripped], kind: :process, truths: ["scratch"], controls: FAMILY),
      Scan.new(name: "dir scratch user", column: "scratch", root: %w[scratch stripped], kind: :pod, as: USER, truths: ["scratch held"], controls: FAMILY, twice: true)
    ].freeze

    # Of every other distribution, what it is taken for.
    IDENTITY_TRUTHS = Identities::ALL.keys.map { |name| Truth.new(name: "is #{name}", root: name, kind: :pod, controls: WHAT_IT_IS) }.freeze
    IDENTITY_SCANS = Identities::ALL.keys.map do |name|
      family, = Roots::DATABASES.find { |pattern, *| name.match?(pattern) }&.drop(1)
      Scan.new(name: "dir #{name}", column: "8 others", root: name, kind: :pod, truths: ["is #{name}", *([[family, PACKAGES]] if family)], controls: WHAT_IT_IS)
    end.freeze

    # A few minutes of all this, for every change: each kind of target, each database of packages but one, and where one may not look.
    CI = ["dir stripped any", "pid distroless", "pid rpm stripped", "dir rhel 9 (ubi)", "folders that nobody may enter"].freeze
  end
end
