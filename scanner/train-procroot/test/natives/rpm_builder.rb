# frozen_string_literal: true

# Writes small databases as rpm does: package headers, and the three files that hold them.
# rubocop:disable-next Metrics/AbcSize, Metrics/ParameterLists
module RpmBuilder
  TYPES = { Integer => 4, String => 6, Array => 8 }.freeze

  module_function

  # values: {tag => Integer, String, Array of Strings, or [type, count, bytes] under :raw}
  def header(values, raw: {})
    index = "".b
    data = "".b
    values.each do |tag, value|
      data << ("\0" * (-data.bytesize % 4)) if value.is_a?(Integer)
      index << [tag, TYPES.fetch(value.class), data.bytesize, value.is_a?(Array) ? value.size : 1].pack("N4")
      data << (value.is_a?(Integer) ? [value].pack("N") : "#{Array(value).join("\0")}\0".b)
    end
    raw.each do |tag, (type, count, bytes)|
      index << [tag, type, data.bytesize, count].pack("N4")
      data << bytes
    end
    [index.bytesize / 16, data.bytesize].pack("N2") + index + data
  end

  def package(name, version = "1.0", release = "1.el9", arch = "x86_64", more = {})
    header({ 1000 => name, 1001 => version, 1002 => release, 1004 => ["about #{name}"], 1005 => ["words"],
             1006 => 1_700_000_000, 1007 => "builder", 1008 => 1_700_000_100, 1009 => 42, 1014 => "MIT",
             1016 => ["Unspecified"], 1022 => arch, 1044 => "#{name}.src.rpm" }.merge(more).compact)
  end

  # --- SQLite: {number => blob}

  def sqlite(blobs, size: 1024, table: "Packages")
    pages = [nil, nil]
    leaves = blobs.map { |number, blob| [number, leaf([row(number, record([nil, blob]), pages, size)], size)] }
    numbered = leaves.map { |number, page| [number, (pages << page).size] }
    pages[1] = numbered.empty? ? leaf([], size) : interior(numbered, size)
    schema = record(["table", table, table, 2, "CREATE TABLE #{table}"])
    pages[0] = leaf([row(1, schema, pages, size)], size, start: 100)
    pages[0][0, 100] = sqlite_head(size, pages.size)
    pages.join
  end

  def sqlite_head(size, count)
    ["SQLite format 3\0", size, 2, 2, 0, 64, 32, 32, 1, count].pack("a16nC6NN").ljust(56, "\0") + [1].pack("N") +
      ("\0" * 40)
  end

  def varint(number)
    groups = [number & 0x7f]
    groups.unshift((number & 0x7f) | 0x80) while (number >>= 7).positive?
    groups.pack("C*")
  end

  def record(values)
    kinds = values.map do |value|
      case value
      when nil then 0
      when Integer then 4
      else value.encoding == Encoding::BINARY ? 12 + (value.bytesize * 2) : 13 + (value.bytesize * 2)
      end
    end
    head = kinds.map { |kind| varint(kind) }.join
    varint(head.bytesize + 1) + head + values.compact.map { |v| v.is_a?(Integer) ? [v].pack("N") : v.b }.join
  end

  # A cell of a leaf; what does not fit into it goes to pages of its own.
  def row(number, payload, pages, size)
    head = varint(payload.bytesize) + varint(number)
    return head + payload if payload.bytesize <= size - 35

    least = ((size - 12) * 32 / 255) - 23
    here = least + ((payload.bytesize - least) % (size - 4))
    here = least if here > size - 35
    head + payload.byteslice(0, here) + [overflow(payload.byteslice(here..), pages, size)].pack("N")
  end

  def overflow(rest, pages, size)
    number = (pages << nil).size
    more = rest.bytesize > size - 4 ? overflow(rest.byteslice((size - 4)..), pages, size) : 0
    pages[number - 1] = ([more].pack("N") + rest.byteslice(0, size - 4)).ljust(size, "\0")
    number
  end

  def leaf(cells, size, start: 0) = tree_page(13, cells, size, start: start)

  def interior(children, size)
    cells = children[..-2].map { |number, page| [page].pack("N") + varint(number) }
    tree_page(5, cells, size, right: [children.last.last].pack("N"))
  end

  def tree_page(kind, cells, size, start: 0, right: "")
    page = "\0".b * size
    place = size
    places = cells.map do |cell|
      place -= cell.bytesize
      page[place, cell.bytesize] = cell
      place
    end
    head = [kind, 0, cells.size, place, 0].pack("CnnnC") + right + places.pack("n*")
    page[start, head.bytesize] = head
    page
  end

  # A log whose pages ([[number, bytes, number of pages after a commit or 0]]) replace those of the file.
  def sqlite_log(frames, size: 1024, salts: [7, 8])
    head = [0x377f0683, 3_007_000, size, 0, *salts].pack("N*")
    one, two = sum(head, 0, 0)
    log = head + [one, two].pack("N2")
    frames.each do |number, page, commit|
      start = [number, commit].pack("N2")
      one, two = sum(page, *sum(start, one, two))
      log << start << salts.pack("N2") << [one, two].pack("N2") << page
    end
    log
  end

  def sum(bytes, one, two)
    bytes.unpack("N*").each_slice(2) do |a, b|
      one = (one + a + two) & 0xffffffff
      two = (two + b + one) & 0xffffffff
    end
    [one, two]
  end

  # --- rpm's own ("ndb")

  def ndb(blobs)
    slots = "".b
    data = "".b
    blobs.each do |number, blob|
      whole = ["BlbS", number, 1, blob.bytesize].pack("a4V3") + blob
      whole = whole.ljust((whole.bytesize + 12 + 15) / 16 * 16, "\0")
      slots << ["Slot", number, 256 + (data.bytesize / 16), whole.bytesize / 16].pack("a4V3")
      data << whole
    end
    slots << ["Slot", 0, 0, 0].pack("a4V3") while slots.bytesize < 4096 - 32
    ["RpmP", 0, 1, 1, blobs.size + 1].pack("a4V4").ljust(32, "\0") + slots + data
  end

  # --- Berkeley DB's hash

  def bdb(blobs, size: 1024)
    pages = [nil, nil]
    items = [[0, [blobs.size].pack("V")]] + blobs.to_a
    entries = items.flat_map do |number, blob|
      value = blob.bytesize < 100 ? "\1#{blob}".b : [3, bdb_chain(blob, pages, size), blob.bytesize].pack("Cx3VV")
      [[1, number].pack("CV"), value]
    end
    pages[1] = bdb_page(13, size) { |page| bdb_items(page, entries, size) }
    pages[0] = bdb_page(8, size) do |page|
      page[12, 14] = [0x061561, 9, size, 0, 8].pack("V3CC")
      page[32, 4] = [pages.size - 1].pack("V")
    end
    pages.join
  end

  def bdb_page(type, size)
    page = "\0".b * size
    page.setbyte(25, type)
    yield page
    page
  end

  def bdb_items(page, entries, size)
    place = size
    places = entries.map do |entry|
      place -= entry.bytesize
      page[place, entry.bytesize] = entry
      place
    end
    page[20, 2] = [entries.size].pack("v")
    page[26, places.size * 2] = places.pack("v*")
  end

  def bdb_chain(blob, pages, size)
    number = (pages << nil).size - 1
    here = blob.byteslice(0, size - 26)
    rest = blob.byteslice((size - 26)..).to_s
    following = rest.empty? ? 0 : bdb_chain(rest, pages, size)
    pages[number] = bdb_page(7, size) do |page|
      page[16, 4] = [following].pack("V")
      page[22, 2] = [here.bytesize].pack("v")
      page[26, here.bytesize] = here
    end
    number
  end
end
