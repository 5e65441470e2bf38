using System.Globalization;
using System.Text;
using MolSampling.Molecular.Formats;
using MolSampling.Potentials;

namespace MolSampling.Molecular.FreeEnergies;

/// <summary>
/// Reads GROMACS dhdl.xvg files, plain or compressed (.gz, .bz2): fixed states, expanded ensembles ("Thermodynamic state"), and replica exchange whose legends tell the state.
/// u_k = beta (dH_k + pV + U), as alchemlyb.parsing.gmx defines it; pV and U where the file has them.
/// </summary>
/// <remarks>
/// No row is left out in silence: alchemlyb's reader drops rows that it cannot read, which turns a damaged file into a shorter one with gaps, and correlation times and averages into other numbers
/// without a word. Here a row that cannot be read is an error, with one exception: a last line without a line end is where a simulation was killed; it is dropped, with a warning, even if it looks
/// complete, since its last number may be cut. Times that do not increase (files joined after a restart) are an error as well: which of two rows is to count is not for a reader to say.
/// </remarks>
public static class XvgReader
{
    /// <summary>How far the difference to the own state may be from 0, relative to the largest energy of the row, and how far twice the same column may be apart.</summary>
    private const double OwnStateTolerance = 1e-6;

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
        Rows? rows = null;
        var warnings = new List<string>();
        while (TryRead(path, lines, out ReadOnlySpan<byte> line))
        {
            line = line.Trim(" \t"u8);
            if (line.IsEmpty)
                continue;
            if (line[0] is (byte)'@' or (byte)'#')
            {
                if (rows is not null)
                    throw Bad(path, lines.Number, "a header after rows: are these several files, joined?");
                header.Add(line, lines.Number);
                continue;
            }
            if (rows is null)
            {
                header.Complete(lines.Number);
                double temperature = StatedTemperature.Agree(path, header.Temperature, given) ?? throw new InvalidDataException($"{path}: does not say its temperature, and none was given");
                rows = new Rows(path, header, temperature);
            }
            if (!lines.Terminated)
            {
                warnings.Add($"{path}, line {lines.Number}: the last line has no line end and was left out: was the simulation killed?");
                break;
            }
            rows.Add(line, lines.Number);
        }
        if (rows is null)
            throw new InvalidDataException(lines.Number == 0 ? $"{path}: is empty" : header.LineCount > 0 ? $"{path}: a header without rows" : $"{path}: is empty but for blanks");
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

    /// <summary>Rows as they come.</summary>
    private sealed class Rows(string path, XvgHeader header, double temperature)
    {
        private readonly double _beta = 1 / (Units.GasConstant * temperature);
        private readonly XvgColumn[] _roles = [.. header.Roles];
        private readonly double[] _row = new double[header.Roles.Count + 1], _difference = new double[header.Columns.Count], _gradient = new double[header.LambdaNames.Count];
        private readonly bool _hasDifferences = header.Columns.Count > 0;
        private readonly List<double> _times = [], _potentials = [], _gradients = [];
        private readonly List<int> _states = [];
        private readonly List<LambdaState> _sampled = header.State is null ? [] : [header.State];
        private readonly int[] _sampledOfColumn = [.. Enumerable.Repeat(-1, header.Columns.Count)];
        private readonly int _fixedColumn = header.State is null ? -1 : header.Columns.ToList().IndexOf(header.State);

        public void Add(ReadOnlySpan<byte> line, int number)
        {
            Parse(line, number);
            double time = _row[0];
            if (_times.Count > 0 && !(time > _times[^1]))
                throw Bad(path, number, FormattableString.Invariant($"time {time} ps does not come after {_times[^1]} ps: rows repeated after a restart, or files joined? Keep one of each"));
            double pressureVolume = 0, energy = 0, largest = 1;
            int own = _fixedColumn;
            _difference.AsSpan().Fill(double.NaN);
            for (int c = 0; c < _roles.Length; c++)
            {
                double value = _row[c + 1];
                (XvgRole role, int index) = _roles[c];
                switch (role)
                {
                    case XvgRole.Gradient:
                        _gradient[index] = value;
                        break;
                    case XvgRole.Difference:
                        largest = Math.Max(largest, Math.Abs(value));
                        if (Math.Abs(_difference[index] - value) > OwnStateTolerance * largest) // false while it is NaN
                            throw Bad(path, number, $"two columns lead to state {header.Columns[index]}, with different numbers");
                        if (double.IsNaN(_difference[index]))
                            _difference[index] = value;
                        break;
                    case XvgRole.PressureVolume:
                        pressureVolume = value;
                        break;
                    case XvgRole.Energy:
                        energy = value;
                        break;
                    case XvgRole.State:
                        if (!(value >= 0 && value < header.Schedule.Count && value == Math.Floor(value)))
                            throw Bad(path, number, FormattableString.Invariant($"thermodynamic state {value} of {header.Schedule.Count}"));
                        own = header.Schedule[(int)value];
                        break;
                    default:
                        break;
                }
            }
            // Energies are differences of large numbers: where U is known, its size sets what rounding may leave.
            if (own >= 0 && Math.Abs(_difference[own]) > OwnStateTolerance * Math.Max(largest, Math.Abs(energy)))
                throw Bad(path, number, FormattableString.Invariant(
                    $"the difference to the row's own state {header.Columns[own]} is {_difference[own]} kJ/mol, not 0: the stated lambda is not the one that was sampled"));
            _times.Add(time);
            _states.Add(header.State is null ? Sampled(own) : 0);
            if (header.HasGradients)
                foreach (double value in _gradient)
                    _gradients.Add(_beta * value);
            if (_hasDifferences)
                foreach (double value in _difference)
                    _potentials.Add(_beta * value + _beta * pressureVolume + _beta * energy);
        }

        private int Sampled(int column)
        {
            if (_sampledOfColumn[column] < 0)
            {
                _sampledOfColumn[column] = _sampled.Count;
                _sampled.Add(header.Columns[column]);
            }
            return _sampledOfColumn[column];
        }

        private void Parse(ReadOnlySpan<byte> line, int number)
        {
            int count = 0;
            while (!line.IsEmpty)
            {
                int end = line.IndexOfAny((byte)' ', (byte)'\t');
                ReadOnlySpan<byte> word = end < 0 ? line : line[..end];
                line = end < 0 ? default : line[end..].TrimStart(" \t"u8);
                if (count < _row.Length)
                    _row[count] = Number(word, count, number);
                count++;
            }
            if (count != _row.Length)
                throw Bad(path, number, $"{count} columns, but the header describes {_row.Length} (time and {_roles.Length} more)");
        }

        private double Number(ReadOnlySpan<byte> word, int column, int line)
        {
            if (double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value))
                return value;
            string text = Encoding.UTF8.GetString(word[..Math.Min(word.Length, 40)]), lower = text.TrimStart('-', '+').ToLowerInvariant();
            bool isNumber = !double.IsFinite(value) || lower.StartsWith("nan", StringComparison.Ordinal) || lower.StartsWith("inf", StringComparison.Ordinal);
            throw Bad(path, line, $"column {column + 1}: \"{text}\" is not a {(isNumber ? "finite " : "")}number");
        }

        public AlchemicalFile Complete(IReadOnlyList<string> warnings) => _times.Count == 0
            ? throw new InvalidDataException($"{path}: a header without a complete row")
            : new()
            {
                Source = path,
                LambdaNames = header.LambdaNames,
                Temperature = temperature,
                Times = [.. _times],
                SampledStates = _sampled,
                StateOfRow = [.. _states],
                Columns = header.Columns,
                ReducedPotentials = _hasDifferences ? [.. _potentials] : null,
                Gradients = header.HasGradients ? [.. _gradients] : null,
                Warnings = warnings,
            };
    }
}
