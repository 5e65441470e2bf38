using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace MolSampling.Potentials.External;

/// <summary>What to run, and for which atoms.</summary>
/// <param name="Program">A file, or a name that the system finds.</param>
/// <param name="Arguments">As they are, through no shell.</param>
/// <param name="Symbols">[N] elements.</param>
/// <param name="Masses">[N] Da.</param>
/// <param name="LongestAnswer">After which the program counts as hung.</param>
public sealed record ProgramStart(string Program, IReadOnlyList<string> Arguments, IReadOnlyList<string> Symbols,
    IReadOnlyList<double> Masses, TimeSpan LongestAnswer);

/// <summary>A program that does not do what an energy must; one line for people.</summary>
public sealed class ProgramPotentialException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// A conversation with one running program, in lines of JSON on its standard input and output:
/// <para>we: {"symbols": ["C", ...], "length": "nm", "energy": "kJ/mol"}, once; it: {"identity": "what the energies depend on"}</para>
/// <para>we: {"positions": [x, y, z, x, ...]}; it: {"energy": U, "forces": [x, y, z, x, ...]}, or {"error": "..."} where this configuration
/// has no energy.</para>
/// </summary>
internal sealed class ProgramSession : IDisposable
{
    private readonly ProgramStart _start;
    private readonly Process _process;
    private string _lastWords = "";

    public ProgramSession(ProgramStart start)
    {
        _start = start;
        try
        {
            _process = Process.Start(new ProcessStartInfo(start.Program, start.Arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            throw new ProgramPotentialException($"{start.Program} cannot be started: {e.Message}", e);
        }
        _process.ErrorDataReceived += (_, line) => _lastWords = line.Data is { Length: > 0 } text ? text : _lastWords;
        _process.BeginErrorReadLine();
        try
        {
            using JsonDocument greeting = Ask(new { symbols = start.Symbols, length = "nm", energy = "kJ/mol" });
            Identity = greeting.RootElement.TryGetProperty("identity", out JsonElement identity)
                && identity.ValueKind == JsonValueKind.String ? identity.GetString()!
                : throw Wrong("no \"identity\" in its greeting");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What the program says that its energies depend on.</summary>
    public string Identity { get; }

    /// <summary>Asks for one configuration.</summary>
    /// <param name="positions">[D] nm, finite.</param>
    /// <param name="forces">[D] kJ/mol/nm, overwritten; NaN where there is no energy.</param>
    /// <returns>kJ/mol; NaN where the program says that there is none.</returns>
    public double Evaluate(ReadOnlySpan<double> positions, Span<double> forces)
    {
        using JsonDocument answer = Ask(new { positions = positions.ToArray() });
        JsonElement root = answer.RootElement;
        if (root.TryGetProperty("error", out _))
        {
            forces.Fill(double.NaN);
            return double.NaN;
        }
        if (!root.TryGetProperty("energy", out JsonElement energy) || energy.ValueKind != JsonValueKind.Number)
            throw Wrong("no number \"energy\" in its answer");
        if (!root.TryGetProperty("forces", out JsonElement list) || list.ValueKind != JsonValueKind.Array
            || list.GetArrayLength() != forces.Length)
            throw Wrong($"no {forces.Length} \"forces\" in its answer");
        int k = 0;
        foreach (JsonElement f in list.EnumerateArray())
            forces[k++] = f.ValueKind == JsonValueKind.Number ? f.GetDouble() : throw Wrong("a force that is no number");
        return energy.GetDouble();
    }

    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close(); // the end of its input ends a program that is well
            if (!_process.WaitForExit(1000))
                _process.Kill(true);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or Win32Exception)
        {
            // it has ended already
        }
        _process.Dispose();
    }

    private JsonDocument Ask(object question)
    {
        try
        {
            _process.StandardInput.WriteLine(JsonSerializer.Serialize(question));
            _process.StandardInput.Flush();
            Task<string?> answer = _process.StandardOutput.ReadLineAsync();
            if (!answer.Wait(_start.LongestAnswer))
                throw Wrong($"no answer within {_start.LongestAnswer.TotalSeconds:g3} s");
            return JsonDocument.Parse(answer.Result ?? throw Wrong("it ended"));
        }
        catch (IOException e)
        {
            throw Wrong("it ended", e);
        }
        catch (JsonException e)
        {
            throw Wrong("an answer that is no JSON", e);
        }
    }

    private ProgramPotentialException Wrong(string what, Exception? inner = null)
    {
        if (_process.WaitForExit(100))
            _process.WaitForExit(); // what it said last has been read then
        return new($"{_start.Program}: {what}{(_lastWords.Length > 0 ? $"; it said: {_lastWords}" : "")}", inner);
    }
}
