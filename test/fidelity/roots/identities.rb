# frozen_string_literal: true

module Fidelity
  # The marks by which a distribution is known, as its images have them: name => { path => content }.
  module Identities
    def self.os_release(**fields) = fields.map { |key, value| "#{key.upcase}=\"#{value}\"\n" }.join

    RHEL = { "/etc/os-release" => os_release(name: "Red Hat Enterprise Linux", version: "9.4 (Plow)", id: "rhel", id_like: "fedora", version_id: "9.4",
                                             platform_id: "platform:el9", pretty_name: "Red Hat Enterprise Linux 9.4 (Plow)",
                                             cpe_name: "cpe:/o:redhat:enterprise_linux:9::baseos"),
             "/etc/redhat-release" => "Red Hat Enterprise Linux release 9.4 (Plow)\n",
             "/etc/system-release" => "Red Hat Enterprise Linux release 9.4 (Plow)\n" }.freeze
    ALPINE = { "/etc/os-release" => "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.20.3\nPRETTY_NAME=\"Alpine Linux v3.20\"\n",
               "/etc/alpine-release" => "3.20.3\n" }.freeze
    ALL = {
      "ubuntu 22.04" => { "/etc/os-release" => os_release(pretty_name: "Ubuntu 22.04.4 LTS", name: "Ubuntu", version_id: "22.04", version: "22.04.4 LTS (Jammy Jellyfish)",
                                                          version_codename: "jammy", id: "ubuntu", id_like: "debian", ubuntu_codename: "jammy"),
                          "/etc/lsb-release" => "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=22.04\nDISTRIB_CODENAME=jammy\nDISTRIB_DESCRIPTION=\"Ubuntu 22.04.4 LTS\"\n",
                          "/etc/debian_version" => "bookworm/sid\n" },
      "rhel 9 (ubi)" => RHEL,
      "rhel 8 (ubi micro)" => { "/etc/os-release" => os_release(name: "Red Hat Enterprise Linux", version: "8.10 (Ootpa)", id: "rhel", id_like: "fedora", version_id: "8.10",
                                                                pretty_name: "Red Hat Enterprise Linux 8.10 (Ootpa)"),
                                "/etc/redhat-release" => "Red Hat Enterprise Linux release 8.10 (Ootpa)\n" },
      "amazon 2023" => { "/etc/os-release" => os_release(name: "Amazon Linux", version: "2023", id: "amzn", id_like: "fedora", version_id: "2023",
                                                         pretty_name: "Amazon Linux 2023.5.20240819"),
                         "/etc/system-release" => "Amazon Linux release 2023.5.20240819 (Amazon Linux)\n" },
      "suse 15 (bci)" => { "/etc/os-release" => os_release(name: "SLES", version: "15-SP6", version_id: "15.6", pretty_name: "SUSE Linux Enterprise Server 15 SP6", id: "sles",
                                                           id_like: "suse") },
      "wolfi" => { "/etc/os-release" => "ID=wolfi\nNAME=\"Wolfi\"\nPRETTY_NAME=\"Wolfi\"\nVERSION_ID=\"20230201\"\nHOME_URL=\"https://wolfi.dev\"\n" },
      "chainguard" => { "/etc/os-release" => "ID=chainguard\nNAME=\"Chainguard\"\nPRETTY_NAME=\"Chainguard\"\nVERSION_ID=\"20230214\"\nHOME_URL=\"https://chainguard.dev/\"\n" },
      "busybox" => {}
    }.freeze
  end
end
