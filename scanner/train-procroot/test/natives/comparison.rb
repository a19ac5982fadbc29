# frozen_string_literal: true

# The same InSpec resources over two connections: through procroot, to a process that has this machine's own root, and
# through Train's local transport, which runs the real programs here. What a resource says must be equal.
require_relative "../helper"
require_relative "backends"

# Tests that need root and this machine's own programs to compare with.
class ComparisonTest < ProcrootTest
  def setup
    skip "needs root: it looks into another process" unless Process.uid.zero?
  end

  def native = Backends.native
  def local = Backends.local

  # The block's value must be the same through both, and (`expecting`) not the same by saying nothing.
  def assert_same_answer(about = nil, expecting: :anything)
    through_local = yield local
    through_native = yield native
    if through_local.nil?
      assert_nil through_native, about
    else
      assert_equal through_local, through_native, about
    end
    return unless expecting == :something

    refute_empty Array(through_local),
                 "#{about} is no comparison: the real program said nothing"
  end

  def needs(*programs)
    missing = programs.reject { |name| system("command -v #{name} >/dev/null") }
    skip "needs #{missing.join(', ')} to compare with" unless missing.empty?
  end
end
