using System.Globalization;
using System.Text;
using MolSampling.Molecular.Formats;

namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>
/// Reads GROMACS dhdl.xvg files, plain or compressed (.gz, .bz2): fixed states, expanded ensembles ("Thermodynamic state"), and replica
/// exchange whose legends tell the state. u_k = beta (dH_k + pV + U), as alchemlyb.parsing.gmx defines it; pV and U where the file has
/// them.
/// </summary>
/// <remarks>
/// No row is left out in silence: alchemlyb's reader drops rows that it cannot read, which turns a damaged file into a shorter one with
/// gaps, and correlation times and averages into other numbers without a word. Here a row that cannot be read is an error, with one
/// exception: a last line without a line end is where a simulation was killed; it is dropped, with a warning, even if it looks complete,
/// since its last number may be cut. Times go back only where a run was restarted: after a header that says the same again, or where the
/// row of that time comes again. What is repeated is left out when runs are put together (<see cref="RunArrangement"/>). Comments and the
/// "&amp;" that ends a set of data may stand anywhere.
/// </remarks>
internal static class XvgReader
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">A file as "gmx mdrun -dhdl" or "gmx energy -odh" writes it.</param>
    /// <param name="temperature">K; needed only if the file does not say it, and must not contradict it.</param>
    /// <exception cref="InvalidDataException">The file cannot be read as such; the message names file and line.</exception>
    /// <exception cref="ArgumentException">The temperature is not positive.</exception>
    /// <exception cref="IOException">The file is not there, or the disk fails.</exception>
    public static AlchemicalFile Read(string path, double? temperature = null)
    {
        StatedTemperature.Check(temperature);
        ByteLines? lines = null;
        try
        {
            using Stream stream = CompressedFile.OpenRead(path);
            lines = new ByteLines(stream);
            return Read(path, lines, temperature);
        }
        catch (Exception e) when (CompressedFile.IsDamage(e))
        {
            throw new InvalidDataException($"{path}, after line {lines?.Number ?? 0}: the compressed data are damaged or cut off ({e.Message})", e);
        }
    }

    private static AlchemicalFile Read(string path, ByteLines lines, double? given)
    {
        var header = new XvgHeader(path);
        XvgHeader? again = null;
        XvgRows? rows = null;
        var warnings = new List<string>();
        while (TryRead(path, lines, out ReadOnlySpan<byte> line))
        {
            line = line.Trim(" \t"u8);
            if (line.IsEmpty || line[0] == (byte)'&')
                continue;
            if (line[0] is (byte)'@' or (byte)'#')
            {
                if (rows is null)
                    header.Add(line, lines.Number);
                else if (line[0] == (byte)'@')
                    (again ??= new XvgHeader(path)).Add(line, lines.Number);
                continue;
            }
            if (rows is null)
            {
                header.Complete(lines.Number);
                double temperature = StatedTemperature.Agree(path, header.Temperature,
                    given) ?? throw new InvalidDataException($"{path}: does not say its temperature, and none was given");
                rows = new XvgRows(path, header, temperature);
            }
            if (!lines.Terminated)
            {
                warnings.Add($"{path}, line {lines.Number}: the last line has no line end and was left out: was the simulation killed?");
                break;
            }
            if (again is not null)
            {
                again.Complete(lines.Number);
                if (!again.SaysTheSameAs(header))
                    throw Bad(path, lines.Number,
                        "the header before this line is not that of the first rows: are these several files, joined? Give them one by one");
                again = null;
                rows.Restart();
            }
            rows.Add(line, lines.Number);
        }
        if (rows is null)
            throw new InvalidDataException(lines.Number == 0 ? $"{path}: is empty" : header.LineCount > 0 ? $"{path}: a header without rows"
                : $"{path}: is empty but for blanks");
        return rows.Complete([.. header.Warnings, .. warnings]);
    }

    private static bool TryRead(string path, ByteLines lines, out ReadOnlySpan<byte> line)
    {
        try
        {
            return lines.TryRead(out line);
        }
        catch (InvalidDataException e)
        {
            throw Bad(path, lines.Number + 1, $"is not an xvg file: {e.Message}");
        }
    }

    private static InvalidDataException Bad(string path, int line, string reason) => new($"{path}, line {line}: {reason}");
}
