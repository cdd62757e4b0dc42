/**
 * What HAProxy does to requests and answers, as a script of its own language for such things. Each request draws what becomes of
 * its answer, as before local processes (`process/proxy/http-stage.ts`): of several faults the newest one's status and cut
 * count, and the delays add up. A fault whose time is up draws no more.
 */

/** Behind a table `rules`, of `fault`, `key`, `port`, `path`, `share`, `status`, `delay`, `cut`, `left`: ms, and seconds. */
export const HTTP_LUA = `
math.randomseed(os.time())
local began = os.time()
local seen, told = {}, {}
for _, rule in ipairs(rules) do seen[rule.key] = { requests = 0, hit = 0 } end

local function draw(txn)
  local url, port, wait = txn.sf:pathq(), txn.f:dst_port(), 0
  for _, rule in ipairs(rules) do
    local is_over = rule.left and os.time() - began >= rule.left
    local is_meant = not rule.path or url:sub(1, #rule.path) == rule.path
    if rule.port == port and is_meant and not is_over then
      local count = seen[rule.key]
      count.requests = count.requests + 1
      if math.random() < rule.share then
        count.hit = count.hit + 1
        if rule.status then
          txn:set_var("txn.gameday_status", rule.status)
          txn:set_var("txn.gameday_fault", rule.fault)
        end
        if rule.cut then txn:set_var("txn.gameday_cut", rule.cut) end
        wait = wait + rule.delay
      end
    end
  end
  if wait > 0 then txn:set_var("txn.gameday_wait", wait) end
end
core.register_action("draw", { "http-req" }, draw)

core.register_action("wait", { "http-res" }, function(txn)
  core.msleep(txn:get_var("txn.gameday_wait"))
end)

core.register_service("answer", "http", function(applet)
  while applet:receive() ~= "" do end
  local status = applet:get_var("txn.gameday_status")
  local body = "gameday " .. applet:get_var("txn.gameday_fault") .. ": " .. status .. "\\n"
  applet:set_status(status)
  applet:add_header("content-type", "text/plain")
  applet:add_header("content-length", tostring(#body))
  applet:start_response()
  if applet.method ~= "HEAD" then applet:send(body) end
end)

-- Half of what first comes of a body is passed on, and the rest never: an error ends the connection.
local Cut = { id = "gameday cut", flags = filter.FLT_CFG_FL_HTX }
Cut.__index = Cut
function Cut:new() return setmetatable({}, Cut) end
function Cut:http_headers(txn, message)
  if message:is_resp() and txn:get_var("txn.gameday_cut") == "body" then
    filter.register_data_filter(self, message.channel)
  end
  return filter.CONTINUE
end
function Cut:http_payload(_, message)
  if self.is_half and message:output() == 0 then error("cut") end
  if self.is_half or message:input() == 0 then return 0 end
  self.is_half = true
  message:forward(message:input() // 2)
  return 0
end
core.register_filter("cut", Cut, function(cut) return cut end)

core.register_task(function()
  while true do
    core.msleep(250)
    for key, count in pairs(seen) do
      local line = "seen " .. key .. " " .. count.requests .. " " .. count.hit
      if count.requests > 0 and line ~= told[key] then
        io.stdout:write(line .. "\\n")
        told[key] = line
      end
    end
    io.stdout:flush()
  end
end)
`;
