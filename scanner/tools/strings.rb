# frozen_string_literal: true

require_relative "selection"

# Byte strings in the copies by which they would find code or tables of the wrong root; each is replaced by one of
# equal length.
module Strings
  # A name of `length` bytes that nobody can make: procfs takes no new files.
  def self.impossible(length)
    return "/proc/self/".ljust(length, "-") if length > 11

    length >= 6 ? "/proc".ljust(length, "/") : "/sys/"
  end

  # As whole C strings (no text before, NUL after), so that nothing longer is cut in two.
  WHOLE = [
    %w[/etc/ld.so.preload /etc/ld.so.cache /etc/nsswitch.conf /etc/suid-debug /lib/ /usr/lib/],
    %w[x86_64 aarch64].flat_map do |cpu|
      libraries = "/usr/lib/#{cpu}-linux-gnu/"
      ["/lib/#{cpu}-linux-gnu/", libraries, "#{libraries}gconv", "#{libraries}gconv/gconv-modules.cache",
       "#{libraries}ip"]
    end
  ].flatten.to_h { |text| [text, impossible(text.length)] }.merge(
    # Without nsswitch.conf the C library asks DNS before /etc/hosts; every Linux distribution has it the other way.
    "dns [!UNAVAIL=return] files" => "files dns".ljust(27, "\0"),
    "/proc/self/mountinfo" => "/proc/self/fd/#{Selection::MOUNTINFO_DESCRIPTOR}".ljust(20, "\0")
  ).freeze

  # The file's bytes with every string replaced, and which were found.
  def self.replace(bytes)
    found = WHOLE.keys.select do |text|
      bytes.gsub!(/(?<![!-~])#{Regexp.escape(text)}(?=\0)/n) { WHOLE.fetch(text) }
    end
    [bytes, found]
  end
end
