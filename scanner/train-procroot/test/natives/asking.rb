# frozen_string_literal: true

require "open3"
require_relative "../helper"

# What the natives' tests share: a question and its answer.
module Asking
  # Answer of the natives in this target; nil when none knows the question.
  def ask(target, command, asker)
    TrainProcroot::Native.answer(command, asker.to_s, target.context)
  end

  def out(target, command, asker) = ask(target, command, asker).stdout
end
